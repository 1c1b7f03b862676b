"""Write churn.csv beside this script: 20,000 invented customers, the same on every machine."""

from __future__ import annotations

import csv
import random
from pathlib import Path

PLANS = {"basic": 0.3, "plus": 0.0, "family": -0.4}
REGIONS = ("north", "east", "south", "west")


def main() -> None:
    """Draw the customers; long tenure and few tickets keep them."""
    draw = random.Random(0)
    file = Path(__file__).with_name("churn.csv")
    with file.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(
            ["age", "tenure_months", "monthly_fee", "tickets", "plan", "region", "churned"]
        )
        for _ in range(20_000):
            age, tenure = draw.randint(18, 90), draw.randint(0, 120)
            fee, tickets = round(draw.uniform(5, 80), 2), min(9, int(draw.expovariate(1.2)))
            plan = draw.choice(list(PLANS))
            score = PLANS[plan] + 0.5 * tickets - 0.02 * tenure + 0.01 * fee + draw.gauss(0, 0.5)
            rows.writerow([age, tenure, fee, tickets, plan, draw.choice(REGIONS), int(score > 0)])
    print(f"wrote {file}")


if __name__ == "__main__":
    main()
