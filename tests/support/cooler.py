"""A year of a cooler, and how it fails: a physical model that writes `timestamp,value` lines.

Two bodies and a coil, reckoned every 15 seconds (explicit Euler):

  air       C_air  dT/dt = k_wall (T_room - T) + k_goods (T_goods - T) + Q_door + Q_heater - Q_coil
  goods     C_goods dT/dt = k_goods (T - T_goods)
  coil      Q_coil = running * capacity * charge * fan * 1 / (1 + ice / ICE_HALF), less the colder the air is
  ice       grows with the damp that doors let in while the coil is cold, melts with the defrost heater
  sensor    follows the air with a lag of 3 minutes, has 0.1 K of noise, is rounded to 0.5 degrees C

The thermostat has a sensor of its own and switches at set point +- 1 K. Four defrosts a day of 20 minutes at most. Doors open by the
hour of the day (none at night, most at noon and at five), on Sundays half as often. The room has seasons (18 to 26 degrees) and a daily
swing. Magnitudes are those of a 2 m glass-door cabinet: 600 W of capacity, 15 W/K through the walls, 250 kg of goods.

Faults begin on day ONSET and grow:
  refrigerant   a slow leak: capacity falls by 1 % a day
  fan           the fan stalls for minutes, more often from day to day: the air swings wider
  seal          the door's seal tears: walls let through twice as much, for good, from one day to the next
  icing         the defrost heater weakens by 2 % a day: ice stays, each recovery takes longer
  drift         the sensor reads 0.05 K a day too low (it hides the warmth)
  stuck         the sensor repeats its last value for ever
"""
import copy
import math
import random
import sys

STEP_S = 15
START_S = 1735689600  # 2025-01-01, a Wednesday
ONSET = 240
ICE_HALF = 6.0
FAULTS = ("refrigerant", "fan", "seal", "icing", "drift", "stuck")
DOORS = [0, 0, 0, 0, 0, 0, 1, 4, 6, 8, 9, 11, 14, 12, 8, 8, 10, 14, 12, 8, 5, 2, 0, 0]  # openings in an hour


class Cooler:
    """One cooler and its year so far. A deep copy goes on from there as another one."""

    def __init__(self, seed=1):
        self.draw = random.Random(seed)
        self.bad = random.Random(-seed)  # what goes wrong leaves the rest of the year as it was
        self.step = 0
        # air, goods, what the sensor feels, ice, is it running, left of a door's opening, of a defrost, of a stall; what it is stuck at
        self.state = 4.0, 4.0, 4.0, 0.0, False, 0.0, 0.0, 0.0, None

    def run(self, days, fault=None):
        """Goes on to the end of so many days; returns [(seconds since 1970, what the sensor says)], one a minute."""
        draw, bad = self.draw, self.bad
        air, goods, felt, ice, running, door_s, defrost_s, stalled_s, stuck = self.state
        said = []
        for step in range(self.step, days * 86400 // STEP_S):
            second = step * STEP_S
            day, into = second // 86400, second % 86400
            hour = into / 3600
            age = max(0.0, second / 86400 - ONSET)
            room = 22 - 4 * math.cos(2 * math.pi * (day - 20) / 365) + 1.5 * math.sin(2 * math.pi * (hour - 9) / 24)
            openings = DOORS[int(hour)] * (0.5 if (day + 2) % 7 == 6 else 1.0)
            if door_s <= 0 and draw.random() < openings * STEP_S / 3600:
                door_s = draw.uniform(8, 40)
            is_open = door_s > 0
            door_s -= STEP_S
            if into % 21600 == 10800:
                defrost_s = 1200
            heater = 0.0
            if defrost_s > 0:
                defrost_s -= STEP_S
                strength = max(0.0, 1 - 0.02 * age) if fault == "icing" else 1.0
                heater = 450 * strength
                ice -= min(ice, heater * STEP_S / 334000 * 1.4)
                if ice <= 0.01 and air > 6.5:
                    defrost_s = 0
            running = defrost_s <= 0 and (air > 5.0 or (running and air > 3.0))
            charge = max(0.3, 1 - 0.01 * age) if fault == "refrigerant" else 1.0
            fan = 1.0
            if fault == "fan" and age > 0:
                if stalled_s <= 0 and bad.random() < min(0.5, 0.02 * age) * STEP_S / 600:
                    stalled_s = bad.uniform(300, 900)
                if stalled_s > 0:
                    stalled_s -= STEP_S
                    fan = 0.12
            coil = 0.0
            if running:
                coil = 600 * charge * fan / (1 + ice / ICE_HALF) * min(1.0, max(0.0, (air + 12) / 16))
                ice += (0.00012 + (0.004 if is_open else 0)) * STEP_S / 15
            wall = 15 * (2.0 if fault == "seal" and age > 0 else 1.0)
            flow = wall * (room - air) + 40 * (goods - air) + (900 if is_open else 0) + 0.5 * heater - coil
            goods += 40 * (air - goods) * STEP_S / (250 * 3500)
            air += flow * STEP_S / 60000
            felt += (air - felt) * STEP_S / 180
            if second % 60 == 0:
                value = felt + draw.gauss(0, 0.1) - (0.05 * age if fault == "drift" else 0)
                value = round(value * 2) / 2
                if fault == "stuck" and age > 0:
                    stuck = value if stuck is None else stuck
                    value = stuck
                said.append((START_S + second, value))
        self.step = days * 86400 // STEP_S
        self.state = air, goods, felt, ice, running, door_s, defrost_s, stalled_s, stuck
        return said


def years(days=365, seed=1):
    """{None: the healthy year, FAULT: the year with that fault}: all alike until ONSET."""
    healthy = Cooler(seed)
    before = healthy.run(ONSET)
    return {fault: before + copy.deepcopy(healthy).run(days, fault) for fault in (None,) + FAULTS}


def main():
    fault = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] != "none" else None
    print("timestamp,value")
    for at, value in Cooler().run(int(sys.argv[2]) if len(sys.argv) > 2 else 365, fault):
        print("%d,%.1f" % (at, value))


if __name__ == "__main__":
    main()
