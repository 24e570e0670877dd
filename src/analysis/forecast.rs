//! Forecast of a period in progress: by the rate so far, or by the season of earlier years, whichever would have
//! been closer in the past (§5 of the method).
//!
//! The rate so far is what the work days that have passed make of all of them. The seasonal methods need two years
//! of months: each month to come is that of a year earlier, as it was or grown as the last twelve months have grown
//! over the twelve before. All of them are tried on the past: from each of up to 24 earlier months the same number
//! of months ahead, with the absolute errors' sum ÷ the actuals' sum (WAPE) as the measure.

use crate::facts::Facts;
use crate::measure::{Amount, Ratio};
use crate::metric::Formula;
use crate::period::{Kind, Period};

use super::attainment::Attainment;

/// How a forecast was made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    /// The rate so far holds on.
    RunRate,
    /// The months to come are those of a year earlier.
    SeasonalNaive,
    /// The same, grown as the last twelve months have grown over the twelve before.
    SeasonalGrowth,
}

impl Method {
    const ALL: [Method; 3] = [Method::RunRate, Method::SeasonalNaive, Method::SeasonalGrowth];

    pub fn key(self) -> &'static str {
        match self {
            Method::RunRate => "run_rate",
            Method::SeasonalNaive => "seasonal_naive",
            Method::SeasonalGrowth => "seasonal_growth",
        }
    }
}

/// What a whole period is expected to have in the end.
#[derive(Clone, Copy, Debug)]
pub struct Forecast {
    pub value: Amount,
    pub method: Method,
    /// In four of five past trials the figure lay between these.
    pub interval: Option<(Amount, Amount)>,
    /// The method's error in the past, as a share of the actuals; nothing where there was too little past.
    pub error: Option<Ratio>,
}

/// Months of history that a season needs.
const LEAST_HISTORY: usize = 24;
/// Earlier months from which the methods are tried.
const MOST_TRIALS: usize = 24;
/// Trials below which nothing is said of an interval.
const LEAST_TRIALS: usize = 8;

/// Adds a forecast to every figure whose period is in progress.
pub fn fill(facts: &Facts, figures: &mut [Attainment]) {
    for figure in figures.iter_mut().filter(|figure| !figure.is_complete()) {
        figure.forecast = forecast(facts, figure);
    }
}

fn forecast(facts: &Facts, figure: &Attainment) -> Option<Forecast> {
    let run_rate = figure.run_rate()?;
    let by_rate = Forecast { value: run_rate, method: Method::RunRate, interval: None, error: None };
    if facts.metrics[figure.metric].formula != Formula::Sum || figure.period.kind == Kind::Month {
        return Some(by_rate);
    }
    let months = facts.calendar.months(figure.period);
    let as_of = facts.scope.as_of;
    let is_over = |month: &&Period| facts.calendar.span(**month).last <= as_of;
    let n_passed = months.iter().filter(is_over).count();
    let n_ahead = months.len() - n_passed;
    let Some(history) = history(facts, figure, months[n_passed]) else { return Some(by_rate) };
    let Some((method, trials)) = best(&history, n_passed, n_ahead) else { return Some(by_rate) };
    let value = match method {
        Method::RunRate => run_rate,
        _ => {
            // What the month in progress has already, and of the season what its work days to come are worth.
            let (passed, all) = facts.calendar.elapsed(facts.calendar.span(months[n_passed]), as_of);
            let ahead = ahead(&history, method, n_ahead)?;
            let left = Amount::whole(all - passed).ratio_to(Amount::whole(all))?;
            figure.actual.value()? + ahead[0] * left + ahead[1..].iter().copied().sum::<Amount>()
        }
    };
    let interval = interval(&trials).and_then(|(low, high)| {
        let to_come = value - figure.actual.value()?;
        Some((value + to_come * low, value + to_come * high))
    });
    Some(Forecast { value, method, interval, error: error(&trials) })
}

/// Every month before one, back to the first without a figure: at least two years.
fn history(facts: &Facts, figure: &Attainment, before: Period) -> Option<Vec<Amount>> {
    let seats = facts.units.seats_of(figure.unit);
    let mut months = Vec::new();
    let mut month = before;
    loop {
        let last = facts.calendar.span(month).first.pred_opt()?;
        month = facts.calendar.containing(Kind::Month, last);
        let Some(value) = facts.ledger.sum(figure.metric, &seats, &[month], true).value() else { break };
        months.push(value);
    }
    months.reverse();
    (months.len() >= LEAST_HISTORY).then_some(months)
}

/// The months to come, as a method sees them at the end of a history; nothing for the rate so far.
fn ahead(history: &[Amount], method: Method, n_ahead: usize) -> Option<Vec<Amount>> {
    let year = history.len().checked_sub(12)?;
    let growth = match method {
        Method::RunRate => return None,
        Method::SeasonalNaive => Amount::ONE,
        Method::SeasonalGrowth => {
            let before: Amount = history[year.checked_sub(12)?..year].iter().copied().sum();
            let last: Amount = history[year..].iter().copied().sum();
            last.ratio_to(before).filter(|growth| growth.is_positive())?
        }
    };
    Some((0..n_ahead).map(|month| history[year + month % 12] * growth).collect())
}

/// What a method would have said, and what came.
struct Trial {
    forecast: Amount,
    actual: Amount,
}

/// The method with the smallest error in the past, with its trials. A tie goes to the simpler one.
fn best(history: &[Amount], n_passed: usize, n_ahead: usize) -> Option<(Method, Vec<Trial>)> {
    let of_method = |method: Method| {
        let trials = trials(history, method, n_passed, n_ahead);
        Some((error(&trials)?, method, trials))
    };
    let tried = Method::ALL.into_iter().filter_map(of_method);
    let best = tried.reduce(|best, next| if next.0 < best.0 { next } else { best });
    best.map(|(_, method, trials)| (method, trials))
}

/// Tries a method at the last months that are followed by enough others.
fn trials(history: &[Amount], method: Method, n_passed: usize, n_ahead: usize) -> Vec<Trial> {
    let Some(last) = history.len().checked_sub(n_ahead) else { return Vec::new() };
    let first = LEAST_HISTORY.max((last + 1).saturating_sub(MOST_TRIALS));
    let trial = |origin: usize| {
        let (known, came) = (&history[..origin], &history[origin..origin + n_ahead]);
        let forecast: Amount = match method {
            Method::RunRate => {
                // A period without a month behind it goes by the last one.
                let so_far = &known[origin - n_passed.max(1)..];
                let sum: Amount = so_far.iter().copied().sum();
                let count = i64::try_from(so_far.len()).ok()?;
                (sum * Amount::whole(i64::try_from(n_ahead).ok()?)).ratio_to(Amount::whole(count))?
            }
            _ => ahead(known, method, n_ahead)?.into_iter().sum(),
        };
        Some(Trial { forecast, actual: came.iter().copied().sum() })
    };
    (first..=last).filter_map(trial).collect()
}

/// Σ|forecast − actual| ÷ Σ|actual|.
fn error(trials: &[Trial]) -> Option<Ratio> {
    let errors: Amount = trials.iter().map(|trial| (trial.forecast - trial.actual).abs()).sum();
    errors.ratio_to(trials.iter().map(|trial| trial.actual.abs()).sum())
}

/// The first and the last tenth of what came, relative to what was forecast.
fn interval(trials: &[Trial]) -> Option<(Ratio, Ratio)> {
    let deviation = |trial: &Trial| (trial.actual - trial.forecast).ratio_to(trial.forecast);
    let mut deviations: Vec<Ratio> = trials.iter().filter_map(deviation).collect();
    if deviations.len() < LEAST_TRIALS {
        return None;
    }
    deviations.sort_unstable();
    // Where the past was always above or below, the forecast itself still is what may come.
    Some((decile(&deviations, 1).min(Amount::ZERO), decile(&deviations, 9).max(Amount::ZERO)))
}

/// A decile of sorted values, linear between the two nearest, as Excel's `PERCENTILE.INC`.
fn decile(sorted: &[Ratio], tenths: usize) -> Ratio {
    let rank = (sorted.len() - 1) * tenths;
    let (low, rest) = (sorted[rank / 10], i128::try_from(rank % 10).unwrap_or(0));
    let high = sorted.get(rank / 10 + 1).copied().unwrap_or(low);
    low + (high - low) * Amount::from_units(rest, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amounts(values: impl IntoIterator<Item = i64>) -> Vec<Amount> {
        values.into_iter().map(Amount::whole).collect()
    }

    /// Three years of 100 a month and 500 in December, each year a tenth more than the one before: after three years
    /// January comes in at 100 × 1.1³ = 133.1.
    fn seasonal() -> Vec<Amount> {
        let year = |factor: [i64; 2]| {
            let month = move |month| if month == 12 { 500 } else { 100 } * factor[0];
            (1..=12).map(month).map(move |value| Amount::whole(value).ratio_to(Amount::whole(factor[1])).unwrap())
        };
        [[100, 100], [110, 100], [121, 100]].into_iter().flat_map(year).collect()
    }

    #[test]
    fn the_season_grows_as_the_last_year_did() {
        let history = seasonal();
        let shown = |method| ahead(&history, method, 2).unwrap().iter().map(|a| a.plain()).collect::<Vec<_>>();
        assert_eq!(shown(Method::SeasonalNaive), ["121", "121"]);
        assert_eq!(shown(Method::SeasonalGrowth), ["133.1", "133.1"]);
        assert_eq!(ahead(&history, Method::SeasonalGrowth, 12).unwrap()[11].plain(), "665.5");
    }

    #[test]
    fn the_method_that_was_closer_is_taken() {
        // With a season the growth method is exact. The rate of nine months knows nothing of December.
        let (method, trials) = best(&seasonal(), 9, 3).unwrap();
        assert_eq!(method, Method::SeasonalGrowth);
        assert_eq!(error(&trials), Some(Amount::ZERO));
        // Even months say nothing but their rate; all methods are exact, and the simplest is taken.
        let (method, _) = best(&amounts([100; 36]), 9, 3).unwrap();
        assert_eq!(method, Method::RunRate);
        // A new level of the last years, without a season: last year's months are wrong for twelve months.
        let steps = amounts((0..36).map(|month| if month < 24 { 100 } else { 200 }));
        assert_eq!(best(&steps, 3, 3).unwrap().0, Method::RunRate);
    }

    /// Trials from the 24th month on that are followed by three: 33 − 24 + 1 = 10.
    #[test]
    fn trials_do_not_look_ahead() {
        let mut history = amounts([100; 36]);
        assert_eq!(trials(&history, Method::SeasonalNaive, 9, 3).len(), 10);
        // The last month belongs to the last trial only.
        history[35] = Amount::whole(1_000);
        let changed = trials(&history, Method::RunRate, 9, 3);
        let forecasts: Vec<String> = changed.iter().map(|trial| trial.forecast.plain()).collect();
        assert!(forecasts.iter().all(|forecast| forecast == "300"), "{forecasts:?}");
    }

    /// Excel: PERCENTILE.INC({0,1,…,9},0.1) = 0.9 and 8.1 at 0.9.
    #[test]
    fn deciles_are_excels() {
        let sorted = amounts(0..10);
        assert_eq!((decile(&sorted, 1).plain(), decile(&sorted, 9).plain()), ("0.9".to_string(), "8.1".to_string()));
    }
}
