/* How the threads of a run share its work: in rounds of tasks that must all be finished before the
 * next round begins. Every task of a round is taken by one thread, the one it belongs to if that
 * one comes in time; so a thread that another process keeps off its core holds nobody up but by the
 * task that it works on. A thread that has to wait for long sleeps: the runtime's own barrier keeps
 * spinning, which brings everything to a halt as soon as another process needs one of the cores. */
#ifndef TEAM_BARRIER_H
#define TEAM_BARRIER_H

#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#define APART 64 /* bytes between numbers that several threads write */
#define MOST_SPINS 4000

typedef struct {
    int n_tasks;
    int *taken;    /* of each task: the rounds of which it has been taken, APART bytes apart */
    int *finished; /* tasks of all rounds */
    int *sleepers;
} task_board;

static inline void board_reset(task_board *board) {
    memset(board->taken, 0, (size_t)(board->n_tasks + 2) * APART);
}

static inline void board_free(task_board *board) {
    if (board) free(board->taken);
    free(board);
}

static inline task_board *board_new(int n_tasks) {
    task_board *board = calloc(1, sizeof *board);
    if (!board) return NULL;
    board->n_tasks = n_tasks;
    board->taken = aligned_alloc(APART, (size_t)(n_tasks + 2) * APART);
    if (!board->taken) {
        free(board);
        return NULL;
    }
    board->finished = board->taken + n_tasks * (APART / sizeof(int));
    board->sleepers = board->finished + APART / sizeof(int);
    board_reset(board);
    return board;
}

/* Take a task of a round (from 0 on); whether nobody else had. */
static inline int take_task(task_board *board, int round, int task) {
    int *taken = board->taken + task * (APART / sizeof(int));
    int expected = round;
    if (__atomic_load_n(taken, __ATOMIC_RELAXED) != round) return 0;
    return __atomic_compare_exchange_n(taken, &expected, round + 1, 0, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}

static inline void finish_task(task_board *board) {
    __atomic_fetch_add(board->finished, 1, __ATOMIC_SEQ_CST);
#if defined(__linux__)
    if (__atomic_load_n(board->sleepers, __ATOMIC_SEQ_CST))
        syscall(SYS_futex, board->finished, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
#endif
}

/* Wait until all tasks of a round are finished. */
static inline void wait_for_round(task_board *board, int round) {
    const int all = (int)((unsigned)(round + 1) * (unsigned)board->n_tasks);
    for (int spins = 0;; spins++) {
        int now = __atomic_load_n(board->finished, __ATOMIC_ACQUIRE);
        if (now - all >= 0) return;
        if (spins < MOST_SPINS) {
#if defined(__x86_64__)
            __builtin_ia32_pause();
#endif
            continue;
        }
#if defined(__linux__)
        __atomic_fetch_add(board->sleepers, 1, __ATOMIC_SEQ_CST);
        now = __atomic_load_n(board->finished, __ATOMIC_SEQ_CST);
        if (now - all < 0)
            syscall(SYS_futex, board->finished, FUTEX_WAIT_PRIVATE, now, NULL, NULL, 0);
        __atomic_fetch_sub(board->sleepers, 1, __ATOMIC_SEQ_CST);
#else
        sched_yield();
#endif
    }
}

/* The next number of a counter that the threads share. */
static inline long take_ticket(long *counter) {
    return __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/* Whether somebody has asked for the end of the work. */
static inline int flag_is_up(const uint8_t *flag) {
    return __atomic_load_n(flag, __ATOMIC_RELAXED) != 0;
}

#endif
