/* Preloaded into a server, it keeps a journal of what the server does to the files of one directory and of what it answers:
 * each write with its bytes, each sync with what it covers. From the journal, what a disk would hold after a power cut at any
 * moment can be put together.
 *
 * An entry: kind (1 byte), inode, offset or covered entries, length of the path, length of the data (8 bytes each, as the
 * machine has them), path, data. All entries are numbered from 0 in the order in which they stand.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *directory;
static size_t directory_length;
static int journal = -1;
static uint64_t entries;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("POWER_JOURNAL");
    directory = getenv("POWER_DIRECTORY");
    if (!path || !directory) return;
    directory_length = strlen(directory);
    journal = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* The caller holds the lock. */
static void note(char kind, uint64_t inode, uint64_t offset, const char *path, const void *data, uint64_t length) {
    uint64_t path_length = path ? strlen(path) : 0;
    struct iovec parts[] = {
        {&kind, 1},
        {&inode, sizeof inode},
        {&offset, sizeof offset},
        {&path_length, sizeof path_length},
        {&length, sizeof length},
        {(void *)path, path_length},
        {(void *)data, length},
    };
    uint64_t size = 33 + path_length + length;
    if ((uint64_t)syscall(SYS_writev, journal, parts, 7) != size) abort(); /* a journal with a gap proves nothing */
    entries++;
}

/* Whether a file is one of those that are watched, and which. */
static int watched(int fd, char path[PATH_MAX], struct stat *stat) {
    if (journal < 0 || fstat(fd, stat) != 0 || !S_ISREG(stat->st_mode)) return 0;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strncmp(path, directory, directory_length) == 0;
}

static void note_write(int fd, const char *path, const struct stat *stat, off_t at, const void *data, ssize_t done) {
    (void)fd;
    if (done > 0) note('W', stat->st_ino, (uint64_t)at, path, data, (uint64_t)done);
}

static ssize_t write_at(int fd, const void *data, size_t length, off_t at) {
    ssize_t (*real)(int, const void *, size_t, off_t) = (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite64");
    char path[PATH_MAX];
    struct stat stat;
    if (!watched(fd, path, &stat)) return real(fd, data, length, at);
    pthread_mutex_lock(&lock);
    ssize_t done = real(fd, data, length, at);
    note_write(fd, path, &stat, at, data, done);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t at) { return write_at(fd, data, length, at); }
ssize_t pwrite64(int fd, const void *data, size_t length, off_t at) { return write_at(fd, data, length, at); }

/* Whether bytes are the beginning of a redirect. */
static int is_redirect(const void *data, size_t length) { return length > 12 && memcmp(data, "HTTP/1.1 302", 12) == 0; }

static void note_answer(const void *data, size_t length) {
    /* Before it is sent: whatever it promises must be on disk by now. */
    if (journal < 0 || !is_redirect(data, length)) return;
    pthread_mutex_lock(&lock);
    note('A', 0, 0, NULL, data, length);
    pthread_mutex_unlock(&lock);
}

ssize_t write(int fd, const void *data, size_t length) {
    char path[PATH_MAX];
    struct stat stat;
    if (!watched(fd, path, &stat)) {
        note_answer(data, length);
        return REAL(write)(fd, data, length);
    }
    pthread_mutex_lock(&lock);
    off_t at = fcntl(fd, F_GETFL) & O_APPEND ? stat.st_size : lseek(fd, 0, SEEK_CUR);
    ssize_t done = REAL(write)(fd, data, length);
    note_write(fd, path, &stat, at, data, done);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    char path[PATH_MAX];
    struct stat stat;
    if (watched(fd, path, &stat)) {
        /* One after the other, so that there is one way only of noting a write. */
        ssize_t all = 0;
        for (int n = 0; n < count; n++) {
            ssize_t done = write(fd, parts[n].iov_base, parts[n].iov_len);
            if (done < 0) return all ? all : done;
            all += done;
            if ((size_t)done < parts[n].iov_len) break;
        }
        return all;
    }
    if (count > 0) note_answer(parts[0].iov_base, parts[0].iov_len);
    return REAL(writev)(fd, parts, count);
}

ssize_t send(int fd, const void *data, size_t length, int flags) {
    note_answer(data, length);
    return REAL(send)(fd, data, length, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    if (message->msg_iovlen > 0) note_answer(message->msg_iov[0].iov_base, message->msg_iov[0].iov_len);
    return REAL(sendmsg)(fd, message, flags);
}

static int cut_at(int fd, off_t length) {
    int (*real)(int, off_t) = (int (*)(int, off_t))dlsym(RTLD_NEXT, "ftruncate64");
    char path[PATH_MAX];
    struct stat stat;
    if (!watched(fd, path, &stat)) return real(fd, length);
    pthread_mutex_lock(&lock);
    int done = real(fd, length);
    if (done == 0) note('T', stat.st_ino, (uint64_t)length, path, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}

int ftruncate(int fd, off_t length) { return cut_at(fd, length); }
int ftruncate64(int fd, off_t length) { return cut_at(fd, length); }

static int synced(int fd, int (*real)(int)) {
    char path[PATH_MAX];
    struct stat stat;
    if (!watched(fd, path, &stat)) return real(fd);
    pthread_mutex_lock(&lock);
    uint64_t covered = entries; /* what was written before it began; not what comes while it runs */
    pthread_mutex_unlock(&lock);
    int done = real(fd);
    if (done == 0) {
        pthread_mutex_lock(&lock);
        note('S', stat.st_ino, covered, path, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    return done;
}

int fsync(int fd) { return synced(fd, REAL(fsync)); }
int fdatasync(int fd) { return synced(fd, REAL(fdatasync)); }

int rename(const char *from, const char *to) {
    if (journal < 0 || strncmp(from, directory, directory_length) != 0) return REAL(rename)(from, to);
    pthread_mutex_lock(&lock);
    int done = REAL(rename)(from, to);
    if (done == 0) note('R', 0, 0, from, to, strlen(to));
    pthread_mutex_unlock(&lock);
    return done;
}

int unlink(const char *path) {
    if (journal < 0 || strncmp(path, directory, directory_length) != 0) return REAL(unlink)(path);
    pthread_mutex_lock(&lock);
    int done = REAL(unlink)(path);
    if (done == 0) note('U', 0, 0, path, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}
