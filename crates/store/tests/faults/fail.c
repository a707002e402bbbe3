/* Preloaded into a process, it lets the n-th operation on files below one directory fail: each open, read, write, sync, cut,
 * rename, removal and new directory is one. The process says what it wants by reading links that are none:
 *
 *   /faults/arm/<n>/<errno>/<lasting>   counts from 0 again and fails operation n (and, if lasting, all after it). Errno 0: the
 *                                       process ends there, as by kill -9. A write that fails leaves half of its bytes.
 *   /faults/stop                        counts no more; the answer is "<operations> <failed>"
 *
 * Syncs are not passed on: the process that ends is not a computer that does, and thousands of them take minutes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *directory;
static size_t directory_length;
static volatile int armed;
static long target, operations, failed;
static int error, lasting;

__attribute__((constructor)) static void begin(void) {
    directory = getenv("FAULTS_DIRECTORY");
    directory_length = directory ? strlen(directory) : 0;
    const char *kill_at = getenv("FAULTS_KILL_AT"); /* armed from the beginning, for a process that knows nothing of this */
    if (directory && kill_at) {
        target = atol(kill_at);
        armed = 1;
    }
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int below(const char *path) { return directory && path && strncmp(path, directory, directory_length) == 0; }

static int watched(int fd) {
    if (!directory) return 0;
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t (*real)(const char *, char *, size_t) = REAL(readlink);
    ssize_t length = real(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return below(path);
}

/* Whether this operation is one that fails. */
static int fails(void) {
    pthread_mutex_lock(&lock);
    long n = ++operations;
    int now = target > 0 && (n == target || (lasting && n > target));
    failed += now;
    pthread_mutex_unlock(&lock);
    return now;
}

/* The end of one that does. Only what writes can find the disk full. */
static int fail(int writes) {
    if (error == 0) _exit(9);
    errno = error == ENOSPC && !writes ? EIO : error;
    return -1;
}

ssize_t readlink(const char *path, char *answer, size_t size) {
    long n;
    int e, l;
    if (strcmp(path, "/faults/stop") == 0) {
        armed = 0;
        return snprintf(answer, size, "%ld %ld", operations, failed);
    }
    if (sscanf(path, "/faults/arm/%ld/%d/%d", &n, &e, &l) == 3) {
        target = n, error = e, lasting = l, operations = failed = 0;
        armed = 1;
        return snprintf(answer, size, "armed");
    }
    return REAL(readlink)(path, answer, size);
}

#define OPEN(name)                                                                     \
    int name(const char *path, int flags, ...) {                                       \
        va_list more;                                                                  \
        va_start(more, flags);                                                         \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;        \
        va_end(more);                                                                  \
        if (armed && below(path) && fails()) return fail(flags & O_CREAT);             \
        return REAL(name)(path, flags, mode);                                          \
    }
OPEN(open)
OPEN(open64)

#define READ_AT(name, offset)                                                          \
    ssize_t name(int fd, void *data, size_t length, offset at) {                       \
        if (armed && watched(fd) && fails()) return fail(0);                           \
        return REAL(name)(fd, data, length, at);                                       \
    }
READ_AT(pread, off_t)
READ_AT(pread64, off64_t)

ssize_t read(int fd, void *data, size_t length) {
    if (armed && watched(fd) && fails()) return fail(0);
    return REAL(read)(fd, data, length);
}

#define WRITE_AT(name, offset)                                                         \
    ssize_t name(int fd, const void *data, size_t length, offset at) {                 \
        if (armed && watched(fd) && fails()) {                                         \
            if (length / 2 > 0) (void)!REAL(name)(fd, data, length / 2, at);           \
            return fail(1);                                                            \
        }                                                                              \
        return REAL(name)(fd, data, length, at);                                       \
    }
WRITE_AT(pwrite, off_t)
WRITE_AT(pwrite64, off64_t)

ssize_t write(int fd, const void *data, size_t length) {
    if (armed && watched(fd) && fails()) {
        if (length / 2 > 0) (void)!REAL(write)(fd, data, length / 2);
        return fail(1);
    }
    return REAL(write)(fd, data, length);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (armed && watched(fd) && fails()) return fail(1);
    return REAL(writev)(fd, parts, count);
}

ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t length, unsigned flags) {
    if (armed && watched(out) && fails()) return fail(1);
    return REAL(copy_file_range)(in, from, out, to, length, flags);
}

#define SYNC(name)                                                                     \
    int name(int fd) {                                                                 \
        if (!watched(fd)) return REAL(name)(fd);                                       \
        return armed && fails() ? fail(1) : 0;                                         \
    }
SYNC(fsync)
SYNC(fdatasync)

#define CUT(name, offset)                                                              \
    int name(int fd, offset length) {                                                  \
        if (armed && watched(fd) && fails()) return fail(1);                           \
        return REAL(name)(fd, length);                                                 \
    }
CUT(ftruncate, off_t)
CUT(ftruncate64, off64_t)

int fallocate(int fd, int mode, off_t at, off_t length) {
    if (armed && watched(fd) && fails()) return fail(1);
    return REAL(fallocate)(fd, mode, at, length);
}

int rename(const char *from, const char *to) {
    if (armed && below(to) && fails()) return fail(1);
    return REAL(rename)(from, to);
}

int unlink(const char *path) {
    if (armed && below(path) && fails()) return fail(0);
    return REAL(unlink)(path);
}

int mkdir(const char *path, mode_t mode) {
    if (armed && below(path) && fails()) return fail(1);
    return REAL(mkdir)(path, mode);
}
