//! Figures of all rounds, and what they say about the goals.
use std::io::Write as _;

/// Whose figure, and of what: `server`, `task`, `who`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Key {
    pub place: &'static str,
    pub task: &'static str,
    pub who: &'static str,
}

/// Which way a goal looks.
#[derive(Clone, Copy)]
pub enum Want {
    AtLeast(f64),
    AtMost(f64),
}

/// All figures of a run.
#[derive(Default)]
pub struct Report {
    rows: Vec<(Key, &'static str, Vec<f64>)>,
    json: Vec<String>,
    goals: Vec<String>,
}

/// Least, median, most.
pub struct Spread {
    pub low: f64,
    pub median: f64,
    pub high: f64,
}

impl Spread {
    pub fn of(figures: &[f64]) -> Self {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |i: usize| sorted.get(i).copied().unwrap_or(f64::NAN);
        Self { low: at(0), median: at(sorted.len() / 2), high: at(sorted.len().saturating_sub(1)) }
    }
    fn json(&self) -> String {
        format!("\"median\":{:.4},\"min\":{:.4},\"max\":{:.4}", self.median, self.low, self.high)
    }
}

/// As many digits as a figure deserves.
fn digits(figure: f64) -> String {
    match figure.abs() {
        0.0..10.0 => format!("{figure:.2}"),
        0.0..1000.0 => format!("{figure:.1}"),
        _ => format!("{figure:.0}"),
    }
}

impl Report {
    /// One round's figure.
    pub fn add(&mut self, key: Key, unit: &'static str, figure: f64) {
        match self.rows.iter_mut().find(|row| row.0 == key && row.1 == unit) {
            Some(row) => row.2.push(figure),
            None => self.rows.push((key, unit, vec![figure])),
        }
    }

    fn rounds(&self, key: Key, unit: &str) -> Option<&[f64]> {
        self.rows.iter().find(|row| row.0 == key && row.1 == unit).map(|row| &row.2[..])
    }

    /// Holds `ours` against the peer with the best median, round by round. The best of each single round would be whoever was
    /// lucky in it.
    pub fn goal(&mut self, name: &str, unit: &'static str, ours: Key, peers: &[Key], want: Want) {
        let better = |a: f64, b: f64| if matches!(want, Want::AtLeast(_)) { a > b } else { a < b };
        let best = peers
            .iter()
            .filter_map(|peer| Some((peer.who, self.rounds(*peer, unit)?)))
            .map(|(who, rounds)| (who, rounds, Spread::of(rounds).median))
            .reduce(|a, b| if better(b.2, a.2) { b } else { a });
        let (Some(our), Some((who, theirs, median))) = (self.rounds(ours, unit), best) else { return };
        let ratios: Vec<f64> = our.iter().zip(theirs).map(|(our, their)| our / their).collect();
        let (our, best) = (Spread::of(our), format!("{} {who}", digits(median)));
        self.verdict(name, ours.who, unit, &best, our, &ratios, want);
    }

    /// Holds `ours` against a fixed figure.
    pub fn bound(&mut self, name: &str, unit: &'static str, ours: Key, want: Want) {
        let Some(our) = self.rounds(ours, unit) else { return };
        let all = our.to_vec();
        self.verdict(name, ours.who, unit, "", Spread::of(our), &all, want);
    }

    #[allow(clippy::too_many_arguments, reason = "the columns of one row")]
    fn verdict(
        &mut self,
        name: &str,
        who: &str,
        unit: &str,
        best: &str,
        our: Spread,
        held: &[f64],
        want: Want,
    ) {
        let of = Spread::of(held);
        let (sign, bound, met) = match want {
            Want::AtLeast(least) => (">=", least, of.median >= least),
            Want::AtMost(most) => ("<=", most, of.median <= most),
        };
        let met = if met { "yes" } else { "**no**" };
        self.goals.push(format!(
            "| {name} | {who}: {} {unit} | {best} | **{:.3}** ({:.3} .. {:.3}) | {sign} {bound} | {met} |",
            digits(our.median),
            of.median,
            of.low,
            of.high
        ));
        self.json.push(format!(
            "{{\"goal\":\"{name}\",\"who\":\"{who}\",\"unit\":\"{unit}\",\"peer\":\"{best}\",{},\"want\":\"{sign} {bound}\",\"met\":{}}}",
            of.json(),
            met == "yes"
        ));
    }

    /// Prints both tables; appends everything to the file of `--json`, one line each.
    pub fn finish(mut self) -> std::io::Result<()> {
        println!(
            "| server | task | who | median | min .. max | unit |\n| --- | --- | --- | --- | --- | --- |"
        );
        for (Key { place, task, who }, unit, figures) in &self.rows {
            let of = Spread::of(figures);
            println!(
                "| {place} | {task} | {who} | {} | {} .. {} | {unit} |",
                digits(of.median),
                digits(of.low),
                digits(of.high)
            );
            self.json.push(format!(
                "{{\"server\":\"{place}\",\"task\":\"{task}\",\"who\":\"{who}\",\"unit\":\"{unit}\",{},\"rounds\":{figures:?}}}",
                of.json()
            ));
        }
        println!("\n| goal | ours | best peer | ratio of one round: median (min .. max) | goal | met |");
        println!("| --- | --- | --- | --- | --- | --- |");
        self.goals.iter().for_each(|goal| println!("{goal}"));
        println!();
        if let Some(path) = crate::option::<String>("json") {
            let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
            for line in &self.json {
                writeln!(file, "{line}")?;
            }
        }
        Ok(())
    }
}
