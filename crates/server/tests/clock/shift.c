/* Preloaded into a server, it moves the server's clocks by what a file says, while the server runs: the wall clock, and the one
 * that nobody sets, so that ten minutes pass at once.
 *
 * The file: the number of the row that is in force (1 byte, so that it changes at once), and from byte 16 on the rows: how far
 * each of the two clocks is ahead, in milliseconds (8 bytes each, as the machine has them).
 *
 * Threads that wait are waked by the kernel's clock. The server's runtime looks at its own whenever something happens.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct row {
    int64_t wall_ms;
    int64_t steady_ms;
};

struct file {
    uint8_t in_force;
    uint8_t unused[15];
    struct row rows[255];
};

static const volatile struct file *file;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("CLOCK_SHIFT");
    if (!path) return;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) abort();
    void *there = mmap(NULL, sizeof(struct file), PROT_READ, MAP_SHARED, fd, 0);
    if (there == MAP_FAILED) abort();
    file = there;
    close(fd);
}

int clock_gettime(clockid_t id, struct timespec *at) {
    int done = (int)syscall(SYS_clock_gettime, id, at);
    if (done != 0 || !file) return done;
    const volatile struct row *row = &file->rows[file->in_force];
    int64_t ms;
    if (id == CLOCK_REALTIME) ms = row->wall_ms;
    else if (id == CLOCK_MONOTONIC) ms = row->steady_ms;
    else return done;
    int64_t ns = (int64_t)at->tv_sec * 1000000000 + at->tv_nsec + ms * 1000000;
    at->tv_sec = ns / 1000000000;
    at->tv_nsec = ns % 1000000000;
    return done;
}
