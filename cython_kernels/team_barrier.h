/* A barrier for the threads of one run that gives the core away when it has to wait for long: the
 * runtime's own keeps spinning, which brings everything to a halt as soon as another process needs
 * one of the cores. */
#ifndef TEAM_BARRIER_H
#define TEAM_BARRIER_H

#include <sched.h>

typedef struct {
    int arrived, phase;
} team_barrier;

static inline void team_wait(team_barrier *barrier, int n_threads) {
    int phase = __atomic_load_n(&barrier->phase, __ATOMIC_ACQUIRE);
    if (__atomic_add_fetch(&barrier->arrived, 1, __ATOMIC_ACQ_REL) == n_threads) {
        __atomic_store_n(&barrier->arrived, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&barrier->phase, phase + 1, __ATOMIC_RELEASE);
        return;
    }
    for (int spins = 0; __atomic_load_n(&barrier->phase, __ATOMIC_ACQUIRE) == phase; spins++) {
        if (spins < 2000) {
#if defined(__x86_64__)
            __builtin_ia32_pause();
#endif
        } else {
            sched_yield();
        }
    }
}

/* The next number of a counter that the threads share. */
static inline long take_ticket(long *counter) {
    return __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

#endif
