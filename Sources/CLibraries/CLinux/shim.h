// Linux calls that Swift's Glibc module leaves out, and those whose varargs do not import.
#include <sys/eventfd.h>
#include <sys/prctl.h>

/// Names the calling thread; at most 15 characters are kept.
static inline void linux_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
