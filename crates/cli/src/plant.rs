//! A small lively plant for the demo: a tank that is filled, heated and emptied, batch after batch.
//!
//! It is a model, not a recording: level, temperature and valves follow each other, so what a watcher sees makes sense.

/// Seconds of one round of the program.
pub(crate) const STEP: f64 = 0.1;

/// Octets of its data block.
pub(crate) const BLOCK: usize = 96;

/// Number of its data block.
pub(crate) const DB: u16 = 1;

/// What there is to see: addresses in its data block, flags, inputs, outputs, timer and counter.
pub(crate) const ADDRESSES: &[(&str, &str)] = &[
    ("DB1.DBD0:REAL", "level, m"),
    ("DB1.DBD4:REAL", "inflow, l/s"),
    ("DB1.DBD8:REAL", "outflow, l/s"),
    ("DB1.DBD12:REAL", "temperature, C"),
    ("DB1.DBD16:REAL", "set point, C"),
    ("DB1.DBD20:REAL", "pressure, bar"),
    ("DB1.DBW24:INT", "batch"),
    ("DB1.DBW26:INT", "step"),
    ("DB1.DBD28:DINT", "produced, l"),
    ("DB1.DBD32:UDINT", "cycles"),
    ("DB1.DBW36:WORD", "alarms"),
    ("DB1.DBX38.0:BOOL", "inlet valve"),
    ("DB1.DBX38.1:BOOL", "outlet valve"),
    ("DB1.DBX38.2:BOOL", "heater"),
    ("DB1.DBX38.3:BOOL", "stirrer"),
    ("DB1.DBX38.4:BOOL", "level high"),
    ("DB1.DBX38.5:BOOL", "level low"),
    ("DB1.DBB39:BYTE", "mode"),
    ("DB1.DBD40:TIME", "time in step"),
    ("DB1:44:STRING[16]", "step name"),
    ("DB1:64:LREAL", "energy, kWh"),
    ("DB1:72:DT", "clock"),
    ("MB0:BYTE", "clock flags"),
    ("M10.0:BOOL", "running"),
    ("IW0:INT", "level probe, raw"),
    ("QB0:BYTE", "outputs"),
    ("T1:TIMER", "settling time"),
    ("C1:COUNTER", "batches left"),
];

/// Where a batch is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    Fill,
    Heat,
    Settle,
    Empty,
}

/// The plant's state: physics and program in one.
#[derive(Clone, Debug)]
pub(crate) struct Plant {
    phase: Phase,
    level: f64,
    temperature: f64,
    inflow: f64,
    outflow: f64,
    energy: f64,
    produced: f64,
    in_phase: f64,
    batch: u16,
    cycles: u32,
}

/// What the CPU's memory is to hold after a round.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Image {
    pub(crate) db: [u8; BLOCK],
    pub(crate) clock_flags: u8,
    pub(crate) probe: u16,
    pub(crate) outputs: u8,
    /// The timer, as S5TIME.
    pub(crate) timer: u16,
    /// The counter, in BCD.
    pub(crate) counter: u16,
}

impl Default for Plant {
    fn default() -> Self {
        Self {
            phase: Phase::Fill,
            level: 0.4,
            temperature: 21.5,
            inflow: 0.0,
            outflow: 0.0,
            energy: 0.0,
            produced: 0.0,
            in_phase: 0.0,
            batch: 1,
            cycles: 0,
        }
    }
}

/// What the operators ask for, degrees Celsius.
const SET_POINT: f64 = 68.0;
/// Seconds of settling after the heater is off.
const SETTLING: f64 = 3.0;

impl Plant {
    /// One round of [`STEP`] seconds.
    pub(crate) fn step(&mut self) {
        let (filling, emptying) = (self.phase == Phase::Fill, self.phase == Phase::Empty);
        let heating = self.phase == Phase::Heat;
        // Valves take their time; the outflow follows the height of the liquid.
        self.inflow += (if filling { 42.0 } else { 0.0 } - self.inflow) * 0.3;
        self.outflow += (if emptying { 28.0 * self.level.max(0.0).sqrt() } else { 0.0 } - self.outflow) * 0.3;
        self.level = (self.level + (self.inflow - self.outflow) * STEP / 100.0).clamp(0.0, 4.2);
        let loss = (self.temperature - 20.0) * 0.004;
        let cold = self.inflow * 0.0016 * (self.temperature - 12.0);
        self.temperature += (if heating { 6.5 } else { 0.0 } - loss - cold) * STEP;
        self.energy += if heating { 24.0 * STEP / 3600.0 } else { 0.0 };
        self.produced += self.outflow * STEP;
        self.in_phase += STEP;
        self.cycles = self.cycles.wrapping_add(1);
        let next = match self.phase {
            Phase::Fill if self.level >= 3.2 => Phase::Heat,
            Phase::Heat if self.temperature >= SET_POINT => Phase::Settle,
            Phase::Settle if self.in_phase >= SETTLING => Phase::Empty,
            Phase::Empty if self.level <= 0.3 => {
                self.batch = self.batch % 999 + 1;
                Phase::Fill
            }
            same => same,
        };
        if next != self.phase {
            (self.phase, self.in_phase) = (next, 0.0);
        }
    }

    /// The memory image, at `clock` (a `DATE_AND_TIME` of eight octets).
    pub(crate) fn image(&self, clock: [u8; 8]) -> Image {
        let (high, low) = (self.level > 3.0, self.level < 0.5);
        let (step, name) = match self.phase {
            Phase::Fill => (10i16, "filling"),
            Phase::Heat => (20, "heating"),
            Phase::Settle => (30, "settling"),
            Phase::Empty => (40, "emptying"),
        };
        let on = |phases: &[Phase]| phases.contains(&self.phase);
        let bits = [
            on(&[Phase::Fill]),
            on(&[Phase::Empty]),
            on(&[Phase::Heat]),
            on(&[Phase::Heat, Phase::Settle]),
            high,
            low,
        ];
        let bits = bits.iter().rev().fold(0, |octet, bit| octet << 1 | u8::from(*bit));
        let mut db = [0; BLOCK];
        let mut put = |at: usize, octets: &[u8]| {
            if let Some(place) = db.get_mut(at..at + octets.len()) {
                place.copy_from_slice(octets);
            }
        };
        let reals =
            [self.level, self.inflow, self.outflow, self.temperature, SET_POINT, 1.013 + self.level * 0.0981];
        for (i, value) in reals.into_iter().enumerate() {
            put(i * 4, &real(value));
        }
        put(24, &self.batch.to_be_bytes());
        put(26, &step.to_be_bytes());
        put(28, &whole(self.produced).to_be_bytes());
        put(32, &self.cycles.to_be_bytes());
        put(36, &(u16::from(high) | u16::from(low) << 1).to_be_bytes());
        put(38, &[bits, 1]);
        put(40, &whole(self.in_phase * 1000.0).to_be_bytes());
        put(44, &[16, u8::try_from(name.len()).unwrap_or(16)]);
        put(46, name.as_bytes());
        put(64, &self.energy.to_be_bytes());
        put(72, &clock);
        // Tenths of a second left, base 100 ms.
        let left =
            if self.phase == Phase::Settle { whole((SETTLING - self.in_phase).max(0.0) * 10.0) } else { 0 };
        Image {
            db,
            clock_flags: self.cycles.to_be_bytes()[3],
            probe: u16::try_from(whole(self.level / 4.2 * 27_648.0)).unwrap_or(0),
            outputs: bits & 0x0f,
            timer: 0x1000 | bcd(left),
            counter: bcd(i32::from(999 - self.batch)),
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "a REAL is a float of single precision")]
fn real(value: f64) -> [u8; 4] {
    (value as f32).to_be_bytes()
}

#[allow(clippy::cast_possible_truncation, reason = "casts of floats saturate")]
fn whole(value: f64) -> i32 {
    value as i32
}

/// 0..=999 in three BCD digits.
fn bcd(value: i32) -> u16 {
    let value = u16::try_from(value.clamp(0, 999)).unwrap_or(0);
    ((value / 100) << 8) | ((value / 10 % 10) << 4) | (value % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_lives() {
        let mut plant = Plant::default();
        let mut seen = Vec::new();
        for _ in 0..2000 {
            plant.step();
            let image = plant.image([0; 8]);
            assert!(
                (0.0..=4.2).contains(&plant.level) && (10.0..80.0).contains(&plant.temperature),
                "{plant:?}"
            );
            let step = i16::from_be_bytes([image.db[26], image.db[27]]);
            if seen.last() != Some(&step) {
                seen.push(step);
            }
        }
        assert_eq!(seen[..5], [10, 20, 30, 40, 10], "a batch runs through its steps");
        assert_eq!((bcd(0), bcd(997), bcd(5000)), (0, 0x997, 0x999));
    }
}
