"""Runs programs in turn, several times, and prints the median wall time, processor time and peak memory of each.

    python measure.py RUNS NAME=COMMAND [NAME=COMMAND …]

The programs take turns (A B C A B C …), so that what the machine does meanwhile falls on all of them alike.
The last column is each one's wall time divided by the first one's, as the median over the rounds.
"""

import os
import shlex
import subprocess
import sys
import time


def run(command):
    begun = time.perf_counter()
    child = subprocess.Popen(shlex.split(command), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    said = child.stdout.read().decode()
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begun
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{command}: status {status}")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, said.strip()


def median(values):
    return sorted(values)[len(values) // 2]


def main():
    n_runs = int(sys.argv[1])
    programs = [argument.split("=", 1) for argument in sys.argv[2:]]
    results = {name: [] for name, _ in programs}
    for _, command in programs:
        run(command)
    for _ in range(n_runs):
        for name, command in programs:
            results[name].append(run(command))
    first = results[programs[0][0]]
    print(f"{'program':28} {'wall s':>8} {'cpu s':>8} {'MB':>7} {'ratio':>7}")
    for name, _ in programs:
        rounds = results[name]
        wall, cpu, memory = (median([round[index] for round in rounds]) for index in range(3))
        ratio = median([round[0] / base[0] for round, base in zip(rounds, first)])
        print(f"{name:28} {wall:8.3f} {cpu:8.3f} {memory:7.0f} {ratio:7.2f}")


if __name__ == "__main__":
    main()
