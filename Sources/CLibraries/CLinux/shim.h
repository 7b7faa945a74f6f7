// Linux calls that Swift's Glibc module leaves out, and those whose varargs do not import.
#include <spawn.h>
#include <sys/prctl.h>

/// Names the calling thread; at most 15 characters are kept.
static inline void linux_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

// glibc declares these under _GNU_SOURCE only.
int pipe2(int descriptors[2], int flags);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);

#ifndef POSIX_SPAWN_SETSID
#define POSIX_SPAWN_SETSID 0x80
#endif
