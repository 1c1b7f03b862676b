"""Every number that a diagnosis hangs on, with the reason beside it.

They are tried on labelled situations by ``benchmarks/diagnosis.py``; a change here is a change of
what users are told, so run that first.
"""

from __future__ import annotations

# --- oversubscription

# Below this part of their demand, waiting threads are the scheduler's ordinary business.
WAIT_SHARE = 0.15
# From this part on it is a crowd even if threads go to sleep as soon as they are one.
LONG_WAIT_SHARE = 0.20
# Threads that want a CPU, on average over the fit, for each usable CPU: workers that import while
# the caller still pickles come to 1.1, one pool too many to 1.5.
DEMAND = 1.25
# CPU beyond what the leanest setting needs, or time beyond the best: less is no cost to speak of.
CPU_INFLATION = 1.25
SLOWDOWN = 1.10
# A crowd for which lowering one knob gains less than this was not made by that knob.
KNOB_GAIN = 1.05
# No more threads than this for each worker want a CPU where the workers alone are the crowd.
WORKERS_EXPLAIN = 1.2

# Calls of joblib that take up no more of the fit than this are not what it is about.
BRIEF = 0.05

# --- cpu_inflation

# Times the CPU of serial: two hardware threads of one core slow each other by up to 1.5, and that
# is no waste.
INFLATED = 1.5
# Less than this many CPU-seconds more is not worth a word in a fit of any length.
INFLATED_S = 0.02
# Where no layer explains it, workers that share caches and memory make up for this much.
INFLATED_ANYHOW = 2.0
INFLATED_ANYHOW_S = 0.2
# With less gain than this over serial the CPU was spent for nothing; with more it bought time.
BOUGHT = 1.10
# Handing a task to a worker costs 0.1 ms (threads) to 1 ms (processes): a task of 5 ms or less
# spends a tenth or more of itself on that.
FINE_TASK_S = 0.005
# So few tasks cost nothing to hand out, however short they are.
FINE_TASKS = 50
# Nor do tasks of a call that takes up less than this part of the fit.
FINE_PART = 0.5

# --- imbalance

# Idle workers' part of the capacity from which on another n_jobs is worth a word; and a warning:
# five tasks on two workers leave 0.17 idle and are everybody's default, three leave 0.25.
IDLE_SHARE = 0.15
IDLE_SHARE_HARM = 0.20
# Less than this of idle CPU-seconds is not worth a word in a fit of any length.
IDLE_S = 0.05
# Whole waves explain the idle time where that is from half of what they leave idle (the last wave
# runs a little faster, alone on the machine) to a quarter more.
WAVES_EXPLAIN = (0.5, 1.25)

# --- pool_startup

# Part of the first fit that was spent on starting workers.
START_UP_SHARE = 0.3
# Less is not what makes a fit slow: forking two workers takes 0.1 s, starting loky's 0.5 s or more.
START_UP_S = 0.15

# --- pickling

# CPU of the caller while process workers work, for each second of the fit: a caller that waits
# takes 0.01 to 0.05.
HANDING_SHARE = 0.2
HANDING_S = 0.05
# CPU of the caller for each worker that it forks; the rest it spends on data.
FORK_S = 0.05
# joblib maps arrays of this size into memory instead of copying them; it hashes and writes them.
MEMMAP_BYTES = 1_000_000
# CPU beyond serial's, as part of serial's, of workers that had data to take in.
TAKING_IN = 0.3
# Unpickling takes up to this many times what pickling does: more CPU of the workers than that went
# elsewhere, such as into waiting for memory that they share.
TAKING_TIMES = 3.0

# --- gil_bound

# CPUs that the workers kept busy together: one, and what numpy does without the lock; of many
# CPUs a quarter is as bad.
GIL_CPUS = 1.3
GIL_PART = 0.25
# Below this they wait for something else, such as a disk.
GIL_BUSY = 0.7
# Part of the workers' time in which some had no task left: beyond it, that is the cause.
GIL_TAIL = 0.3

# --- throttled

# Part of the fit in which a quota held it: a short burst at its start is none of its doing.
THROTTLED_SHARE = 0.10

# --- serial_tail

# Part of the fit in which the workers had nothing to do at all: from a quarter on no number of them
# makes it four times as fast, from a half on not even twice.
SERIAL_SHARE = 0.25
SERIAL_SHARE_HARM = 0.5
SERIAL_S = 0.05

# --- memory_per_worker

# What a worker holds before it has any data: a fresh interpreter with numpy, scipy and
# scikit-learn takes 80 to 130 MB of its own; a forked one shares most of that with its parent.
WORKER_BYTES = 150e6
FORKED_WORKER_BYTES = 50e6
# Copies in each worker beyond that, and times serial's peak, from which on it is the data that are
# multiplied: a fold of a few MB in each worker is everybody's default.
WORKER_COPIES_BYTES = 100e6
MEMORY_GROWTH = 1.5
# Part of the host's memory, or of limits.memory, from which on a little more data ends the job;
# and from which on what the workers add is worth a word.
NEAR_MEMORY = 0.8
NOTABLE_MEMORY = 0.1
# Part of the peak that must be the workers' for them to be the cause.
WORKERS_PART = 0.25

# --- readonly_memmap, temp_space

# joblib's max_nbytes, "1M": larger arrays go to worker processes as memory maps.
MAPPED_BYTES = 1 << 20
# Part of the folder's room: what a call maps is X at least, and two calls may overlap.
ROOM_SHARE = 0.5

# --- fork_after_openmp

# CPU for each second of a fit that hangs; one that computes takes far more, even beside others.
HANGING_CPU = 0.02

# --- cached_repeats

# A first fit of less CPU than this has nothing to compare with.
CACHED_FIRST_S = 0.1
# Nothing that fits a model takes less; looking up a result in memory takes microseconds, and
# loading one from disk about a millisecond.
NO_FIT_CPU_S = 0.002
NO_FIT_SHARE = 0.01
# Longer warm fits may be real ones after a first that imported or compiled: importing takes up to
# 2 s of CPU, so only beyond that is so large a difference held against the job.
CACHED_SHARE = 0.05
IMPORT_CPU_S = 2.0
IMPORT_LEAST_S = 0.5
# First fits of later trials against the run's very first: cold disks cost wall-clock, hardly CPU.
STORED_SHARE = 0.1
STORED_CPU_S = 0.3
STORED_TRIALS = 2

# --- sample_too_short

# Starting a pool takes 0.3 to 1 s: a fit below this is shorter than whatever starts before it.
SHORT_FIT_S = 0.2
# Times that: beyond it the job as written is no longer short, whatever serial takes.
SHORT_ANYHOW = 5.0

# --- the run as a whole

# Others' load, in CPUs, from which on times are theirs as well as the setting's.
OUTSIDE_CPUS = 0.25
# Part of the CPU time asked for that a hypervisor gave to other guests: a few per cent are usual on
# shared hosts, and less than what rounds scatter by.
STEAL_SHARE = 0.05
# What a fit must have swapped to count: a tenth of a second of a slow disk. The kernel puts single
# pages aside all the time.
SWAPPED_BYTES = 16e6
# How much slower or faster fixed work, or every setting, becomes over a run. A CPU's boost
# comes and goes by a few per cent.
DRIFT = 1.10
# How much slower than all others a first round is that says something, and in which part of the
# settings: some start cold by themselves.
FIRST_ROUND = 1.10
FIRST_ROUND_SETTINGS = 0.75
# How many standard errors of a difference of medians make a drift or a slow first round sure: each
# run is asked for both.
SURE_ERRORS = 3.0
# A trial this many standard deviations slower than its like is no chance at a few hundred trials,
# and this many times slower it matters.
NOISY_DEVIATIONS = 5.0
NOISY_TRIAL = 1.25
# Spread from round to round that is never worth a word, however small the ties that were asked for.
QUIET_LEVEL = 0.02

# --- void rounds: only what leaves no doubt takes a round away

# CPUs of others beyond what they took in other rounds: a busy program takes one, or its fair part.
VOID_OUTSIDE_CPUS = 0.5
# Part of the CPU time asked for that was stolen, beyond that of other rounds.
VOID_STEAL_SHARE = 0.15
# Times the pace of other rounds: heat takes 20% to 40%, and ratios within a round still hold then.
VOID_PACE = 1.5
# Part of a round's trials that was disturbed: ratios within it are askew from then on, while a
# single one of many is an outlier that medians bear.
VOID_TRIALS = 1 / 3
# The pace is no setting's own, so a slow machine is slow in most trials of a round.
VOID_PACE_TRIALS = 2 / 3
# The kernel counts CPU time in hundredths of a second, so a shorter fit tells nothing of others'.
LEAST_WALL_S = 0.1
TICK_S = 0.01
