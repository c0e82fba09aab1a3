/* Loaded before the C library, this notes every change that a program makes to the files below POWER_ROOT, every
 * sync, and what it prints, in the order in which they happen; see power_loss.py, which reads the notes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define MAX_FILES 4096
static int notes = -1;
static const char *root;
static char *names[MAX_FILES];

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("POWER_NOTES");
    root = getenv("POWER_ROOT");
    if (path && root)
        notes = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0644);
}

static int is_watched(const char *path) { return notes >= 0 && strncmp(path, root, strlen(root)) == 0; }
static const char *name_of(int file) { return notes >= 0 && file >= 0 && file < MAX_FILES ? names[file] : NULL; }

static void note(char what, const char *name, long long number, const void *data, int length) {
    struct __attribute__((packed)) { char what; unsigned short n_name; long long number; int length; } head =
        {what, (unsigned short)strlen(name), number, length};
    int before = errno;
    syscall(SYS_write, notes, &head, sizeof head);
    syscall(SYS_write, notes, name, strlen(name));
    if (length > 0)
        syscall(SYS_write, notes, data, length);
    errno = before;
}

static int opened(const char *path, int flags, mode_t mode) {
    int was_there = syscall(SYS_faccessat, AT_FDCWD, path, F_OK) == 0;
    int file = syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (file < 0 || file >= MAX_FILES || !is_watched(path))
        return file;
    free(names[file]);
    names[file] = strdup(path);
    if (!was_there)
        note('c', path, 0, NULL, 0);
    else if (flags & O_TRUNC)
        note('t', path, 0, NULL, 0);
    return file;
}

#define MODE(flags) mode_t mode = 0; \
    if ((flags) & O_CREAT) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }

int open(const char *path, int flags, ...) { MODE(flags) return opened(path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened(path, flags, mode); }

int close(int file) {
    if (name_of(file)) {
        free(names[file]);
        names[file] = NULL;
    }
    return syscall(SYS_close, file);
}

ssize_t write(int file, const void *data, size_t n) {
    ssize_t done = syscall(SYS_write, file, data, n);
    if (done > 0 && name_of(file))
        note('w', name_of(file), lseek(file, 0, SEEK_CUR) - done, data, done);
    else if (done > 0 && file == 1 && notes >= 0)
        note('p', "", 0, data, done);
    return done;
}

static ssize_t written_at(int file, const void *data, size_t n, off_t at) {
    ssize_t done = syscall(SYS_pwrite64, file, data, n, at);
    if (done > 0 && name_of(file))
        note('w', name_of(file), at, data, done);
    return done;
}
ssize_t pwrite(int file, const void *data, size_t n, off_t at) { return written_at(file, data, n, at); }
ssize_t pwrite64(int file, const void *data, size_t n, off_t at) { return written_at(file, data, n, at); }

static int cut(int file, off_t length) {
    int failed = syscall(SYS_ftruncate, file, length);
    if (!failed && name_of(file))
        note('t', name_of(file), length, NULL, 0);
    return failed;
}
int ftruncate(int file, off_t length) { return cut(file, length); }
int ftruncate64(int file, off_t length) { return cut(file, length); }

/* Nothing is really synced: the notes say what would be on the disk. */
static int synced(int file) {
    if (name_of(file))
        note('s', name_of(file), 0, NULL, 0);
    return 0;
}
int fsync(int file) { return synced(file); }
int fdatasync(int file) { return synced(file); }

int unlink(const char *path) {
    int failed = syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (!failed && is_watched(path))
        note('u', path, 0, NULL, 0);
    return failed;
}

int rename(const char *from, const char *to) {
    int failed = syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (!failed && is_watched(from))
        note('r', from, 0, to, strlen(to));
    return failed;
}
