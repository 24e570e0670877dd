//! Targets that are not SMART: specific, measurable, achievable, relevant, time-bound.
//!
//! Remarks, never errors: a target is what its owner says. Each remark gives the figures
//! that make it doubtful, and from where on they do.

use std::collections::{BTreeMap, BTreeSet};

use crate::measure::Amount;
use crate::metric::{Formula, Polarity, Unit as MetricUnit};
use crate::period::{Kind as PeriodKind, Period};
use crate::problem::{Compared, Kind, Problem};

use super::Unit;
use super::checks::{Goal, Joined, shown};
use super::roster::key;

/// Growth over last year from which on a target is doubtful: it is doubled.
pub const MOST_GROWTH: i64 = 100;
/// Percent by which a target may fall short of last year before it is doubtful: it is halved.
pub const LEAST_GROWTH: i64 = -50;
/// Two figures that should follow from each other may be this many times apart.
pub const MOST_APART: i64 = 2;
/// Fewer customers or leads than these say nothing about a rate (methods §13).
pub const FEWEST_COUNTED: i64 = 25;
/// A target this many times its peers' median is probably in another unit.
pub const MOST_UNLIKE_PEERS: i64 = 1_000;
/// Peers that it takes to speak of the others.
const FEWEST_PEERS: usize = 3;

/// All remarks on targets, by criterion. Of metrics that are `off` by their unit nothing is plausible:
/// that was said already.
pub fn find(joined: &Joined<'_>, off: &BTreeSet<usize>, problems: &mut Vec<Problem>) {
    specific(joined, problems);
    measurable(joined, problems);
    unlike_peers(joined, off, problems);
    achievable(joined, off, problems);
    relevant(joined, off, problems);
    time_bound(joined, problems);
}

/// Teams and regions with a target in days in which nobody is assigned to them.
fn specific(joined: &Joined<'_>, problems: &mut Vec<Problem>) {
    let mut noted: BTreeSet<Unit> = BTreeSet::new();
    let mut owned: BTreeSet<(Unit, Period)> = BTreeSet::new();
    let names = joined.team.iter().flat_map(|row| [row.team.as_deref(), row.region.as_deref()]);
    // Who is not in the team table has a remark of their own.
    let known: BTreeSet<String> = names.flatten().map(key).collect();
    for goal in &joined.goals {
        if !matches!(goal.unit, Unit::Team(_) | Unit::Region(_)) || noted.contains(&goal.unit) {
            continue;
        }
        let place = (goal.unit, goal.row.period);
        if owned.contains(&place) || !known.contains(&key(&joined.name(goal.unit))) {
            continue;
        }
        if has_owner(joined, goal) {
            owned.insert(place);
            continue;
        }
        noted.insert(goal.unit);
        let (metric, period) = (joined.metrics[goal.metric].key.clone(), goal.row.period.to_string());
        let kind = Kind::NoOwner { unit: joined.name(goal.unit), metric, period };
        problems.push(Problem::new(goal.row.at.clone(), kind).worth(value(goal)));
    }
}

/// Whether somebody who is named, or has a manager, belongs to the unit on some day of the period.
fn has_owner(joined: &Joined<'_>, goal: &Goal<'_>) -> bool {
    let days = joined.calendar.span(goal.row.period);
    let region_of = |team: u32| joined.units.team(team).region;
    let belongs = |team: Option<u32>, region: Option<u32>| match goal.unit {
        Unit::Team(unit) => team == Some(unit),
        Unit::Region(unit) => region == Some(unit) || team.and_then(region_of) == Some(unit),
        _ => false,
    };
    joined.units.people_ids().any(|person| {
        let described = joined.units.person(person);
        let is_somebody = described.name().is_some() || described.manager.is_some();
        let mut held = joined.units.stints(person).iter().filter(|stint| stint.span.overlap(&days).is_some());
        is_somebody && held.any(|stint| stint.parts.iter().any(|(team, region, _)| belongs(*team, *region)))
    })
}

fn value(goal: &Goal<'_>) -> Option<Amount> {
    crate::measure::Tally::from(goal.row.value).value()
}

/// Targets that nothing measures, and targets of zero.
fn measurable(joined: &Joined<'_>, problems: &mut Vec<Problem>) {
    let mut metrics: BTreeMap<usize, &Goal<'_>> = BTreeMap::new();
    let has_begun = |goal: &&Goal<'_>| joined.calendar.span(goal.row.period).first <= joined.scope.as_of;
    for goal in joined.goals.iter().filter(has_begun) {
        metrics.entry(goal.metric).or_insert(goal);
    }
    let has_actuals = joined.chunks.iter().any(|chunk| chunk.n_rows() > 0);
    for (position, goal) in metrics.iter().filter(|_| has_actuals) {
        let metric = &joined.metrics[*position];
        let parts = match &metric.formula {
            Formula::Sum | Formula::Last => vec![metric.key.clone()],
            Formula::Ratio { numerator, denominator } => vec![numerator.clone(), denominator.clone()],
        };
        let is_missing =
            |key: &String| joined.metrics.position(key).is_none_or(|position| !joined.ledger.has(position));
        let missing: Vec<String> = parts.into_iter().filter(is_missing).collect();
        if !missing.is_empty() {
            let kind = Kind::NotMeasured { metric: metric.key.clone(), missing };
            problems.push(Problem::new(goal.row.at.clone(), kind));
        }
    }
    let mut zeros: BTreeMap<(Unit, usize), Vec<&Goal<'_>>> = BTreeMap::new();
    for goal in joined.goals.iter().filter(|goal| value(goal).is_some_and(Amount::is_zero)) {
        zeros.entry((goal.unit, goal.metric)).or_default().push(goal);
    }
    for ((unit, metric), goals) in zeros {
        let mut periods: Vec<String> = goals.iter().take(5).map(|goal| goal.row.period.to_string()).collect();
        periods.dedup();
        if goals.len() > 5 {
            periods.push("…".to_string());
        }
        let metric = joined.metrics[metric].key.clone();
        let kind = Kind::ZeroTarget { unit: joined.name(unit), metric, periods: periods.join(", ") };
        problems.push(Problem::new(goals[0].row.at.clone(), kind));
    }
}

/// Targets of one metric and period at one level, of which one is a thousand times the median.
fn unlike_peers(joined: &Joined<'_>, off: &BTreeSet<usize>, problems: &mut Vec<Problem>) {
    type Peers = (&'static str, usize, Period);
    type Peer<'a> = (Amount, &'a Goal<'a>);
    let mut peers: BTreeMap<Peers, Vec<Peer<'_>>> = BTreeMap::new();
    for goal in joined.goals.iter().filter(|goal| !off.contains(&goal.metric)) {
        let metric = &joined.metrics[goal.metric];
        let is_whole = goal.row.product.is_none() && goal.row.segment.is_none();
        if metric.formula == Formula::Sum
            && metric.unit == MetricUnit::Money
            && is_whole
            && let Some(value) = value(goal).filter(|value| value.is_positive())
        {
            peers.entry((goal.unit.level(), goal.metric, goal.row.period)).or_default().push((value, goal));
        }
    }
    let mut noted: BTreeSet<(Unit, usize)> = BTreeSet::new();
    for ((_, position, period), mut peers) in peers {
        if peers.len() <= FEWEST_PEERS {
            continue;
        }
        peers.sort_by_key(|(value, _)| *value);
        let median = peers[peers.len() / 2].0;
        let metric = &joined.metrics[position];
        let limit = Amount::whole(MOST_UNLIKE_PEERS);
        for (value, goal) in peers {
            let is_off = value >= median * limit || value * limit <= median;
            if !is_off || !noted.insert((goal.unit, position)) {
                continue;
            }
            let compared = Compared {
                unit: joined.name(goal.unit),
                metric: metric.key.clone(),
                period: period.to_string(),
                target: shown(metric, value),
                base: shown(metric, median),
                apart: apart(value, median),
                limit: limit.plain(),
                other: metric.key.clone(),
                source: "",
            };
            let kind = Kind::UnlikePeers(Box::new(compared));
            problems.push(Problem::new(goal.row.at.clone(), kind).worth(Some(value)));
        }
    }
}

/// `3.2`, or `1/3.2`: how many times one is the other.
fn apart(value: Amount, base: Amount) -> String {
    let is_larger = value >= base;
    let (above, below) = if is_larger { (value, base) } else { (base, value) };
    let times = above.ratio_to(below).map_or(String::new(), |ratio| {
        let decimals = u8::from(ratio < Amount::whole(100));
        ratio.rounded(decimals).grouped(decimals)
    });
    if is_larger { times } else { format!("1/{times}") }
}

/// Each unit's targets of a metric that are for all products, by fiscal year.
fn by_year<'a>(joined: &'a Joined<'_>) -> BTreeMap<(usize, Unit, Period), Vec<&'a Goal<'a>>> {
    let mut goals: BTreeMap<(usize, Unit, Period), Vec<&Goal<'_>>> = BTreeMap::new();
    for goal in &joined.goals {
        let day = joined.calendar.span(goal.row.period).first;
        let year = joined.calendar.containing(PeriodKind::Year, day);
        goals.entry((goal.metric, goal.unit, year)).or_default().push(goal);
    }
    // Products need not be complete: nobody can say what their sum is to be compared with.
    goals.retain(|_, goals| goals.iter().all(|goal| goal.row.product.is_none() && goal.row.segment.is_none()));
    goals
}

/// Targets that double or halve what was done in the same months of the year before.
fn achievable(joined: &Joined<'_>, off: &BTreeSet<usize>, problems: &mut Vec<Problem>) {
    for ((position, unit, _), goals) in by_year(joined) {
        let metric = &joined.metrics[position];
        if metric.formula != Formula::Sum || metric.polarity == Polarity::Neutral || off.contains(&position) {
            continue;
        }
        let seats = joined.seats_of(unit);
        // Coarse before fine: the months of a planned quarter are not counted twice.
        let mut periods: Vec<Period> = goals.iter().map(|goal| goal.row.period).collect();
        periods.sort_unstable();
        periods.dedup();
        let mut months: Vec<Period> = Vec::new();
        let mut first_compared = None;
        let (mut target, mut before) = (Amount::ZERO, Amount::ZERO);
        for period in periods {
            let own = joined.calendar.months(period);
            let planned = joined.plans.get(position, unit, period).full;
            let earlier: Vec<Period> = own.iter().map(|month| joined.calendar.year_before(*month)).collect();
            let (Some(planned), Some(done)) = (planned.value(), reported(joined, position, unit, &seats, &earlier))
            else {
                continue;
            };
            if !own.is_empty() && !own.iter().any(|month| months.contains(month)) {
                months.extend(own);
                first_compared = first_compared.or(Some(period));
                target += planned;
                before += done;
            }
        }
        months.sort_unstable();
        if !before.is_positive() || !target.is_positive() {
            continue;
        }
        // From two new customers to five is no growth to speak of.
        if metric.unit == MetricUnit::Count && before.max(target) < Amount::whole(FEWEST_COUNTED) {
            continue;
        }
        let Some(growth) = (target - before).ratio_to(before).map(|ratio| ratio * Amount::whole(100)) else { continue };
        let is_high = growth > Amount::whole(MOST_GROWTH);
        if !is_high && growth >= Amount::whole(LEAST_GROWTH) {
            continue;
        }
        let signed = |percent: Amount, decimals: u8| {
            let sign = if percent.is_negative() { "" } else { "+" };
            format!("{sign}{} %", percent.rounded(decimals).grouped(decimals))
        };
        let compared = Compared {
            unit: joined.name(unit),
            metric: metric.key.clone(),
            period: runs(&months),
            target: shown(metric, target),
            base: shown(metric, before),
            apart: signed(growth, 1),
            limit: signed(Amount::whole(if is_high { MOST_GROWTH } else { LEAST_GROWTH }), 0),
            other: metric.key.clone(),
            source: "last_year",
        };
        let compared = Box::new(compared);
        let kind = if is_high { Kind::GrowthTooHigh(compared) } else { Kind::GrowthTooLow(compared) };
        let goal = goals.iter().find(|goal| Some(goal.row.period) == first_compared).unwrap_or(&goals[0]);
        problems.push(Problem::new(goal.row.at.clone(), kind).worth(Some(target - before)));
    }
}

/// Months as runs: `2026-01, 2026-03 – 2026-05`.
fn runs(months: &[Period]) -> String {
    let is_next = |a: &Period, b: &Period| {
        a.year * 12 + i32::try_from(a.index).unwrap_or(0) + 1 == b.year * 12 + i32::try_from(b.index).unwrap_or(0)
    };
    let runs = months.chunk_by(is_next).map(|run| match run {
        [first, .., last] => format!("{first} – {last}"),
        run => run.iter().map(Period::to_string).collect(),
    });
    runs.collect::<Vec<_>>().join(", ")
}

/// What a unit reported in months, if they are over and it reported in every one of them, all of it readable.
/// Of teams and regions only where everybody had one: else part of theirs stands elsewhere.
fn reported(joined: &Joined<'_>, position: usize, unit: Unit, seats: &[u32], months: &[Period]) -> Option<Amount> {
    let mut total = Amount::ZERO;
    for month in months {
        if joined.calendar.span(*month).last > joined.scope.as_of {
            return None;
        }
        let sum = joined.ledger.sum(position, seats, &[*month], true);
        total += sum.value().filter(|_| sum.n_unreadable == 0)?;
    }
    if !matches!(unit, Unit::Team(_) | Unit::Region(_)) {
        return Some(total);
    }
    let is_nameless = |seat: &super::roster::Seat| match unit {
        Unit::Team(_) => seat.team.is_none_or(|team| joined.units.team(team).name.is_none()),
        Unit::Region(_) => seat.region.is_none_or(|region| joined.units.name(Unit::Region(region)).is_none()),
        _ => false,
    };
    let nameless = joined.units.seats().iter().zip(0u32..).filter(|(seat, _)| is_nameless(seat));
    let nameless: Vec<u32> = nameless.map(|(_, seat)| seat).collect();
    joined.ledger.sum(position, &nameless, months, true).value().is_none_or(Amount::is_zero).then_some(total)
}

/// Targets that do not follow from each other: rates against sums, and sales against customers.
fn relevant(joined: &Joined<'_>, off: &BTreeSet<usize>, problems: &mut Vec<Problem>) {
    let mut noted: BTreeSet<(usize, Unit)> = BTreeSet::new();
    for goal in &joined.goals {
        if let Formula::Ratio { numerator, denominator } = &joined.metrics[goal.metric].formula
            && let Some(parts) = joined.metrics.position(numerator).zip(joined.metrics.position(denominator))
            && !off.contains(&parts.0)
            && !off.contains(&parts.1)
            && !noted.contains(&(goal.metric, goal.unit))
            && let Some(problem) = rate(joined, goal, parts)
        {
            noted.insert((goal.metric, goal.unit));
            problems.push(problem);
        }
    }
    let (Some(sales), Some(customers)) =
        (joined.metrics.position("sales_amount"), joined.metrics.position("new_customers"))
    else {
        return;
    };
    for ((position, unit, year), goals) in by_year(joined) {
        if position == customers && !off.contains(&sales) {
            problems.extend(ticket(joined, unit, year, goals[0], (sales, customers)));
        }
    }
}

/// A planned sum ÷ the planned rate is what it takes: sales ÷ share is the market, customers ÷ conversion the leads.
fn rate(joined: &Joined<'_>, goal: &Goal<'_>, (numerator, denominator): (usize, usize)) -> Option<Problem> {
    let (unit, period) = (goal.unit, goal.row.period);
    let months = joined.calendar.months(period);
    let planned = |metric| {
        let planned = joined.plans.get(metric, unit, period);
        planned.full.value().filter(|value| value.is_positive() && planned.n_months() as usize == months.len())
    };
    let rate = joined.plans.get(goal.metric, unit, period).full.value()?;
    let needed = planned(numerator)?.ratio_to(rate).filter(|needed| needed.is_positive())?;
    let described = &joined.metrics[denominator];
    let seats = joined.seats_of(unit);
    let is_over = joined.calendar.span(period).last <= joined.scope.as_of;
    let before: Vec<Period> = months.iter().map(|month| joined.calendar.year_before(*month)).collect();
    let last_year = || Some((reported(joined, denominator, unit, &seats, &before)?, "last_year"));
    // A market is what it is; how many leads there were is what was done, and no measure of a plan.
    let actual = || {
        let is_given = is_over && described.polarity == Polarity::Neutral;
        is_given.then(|| reported(joined, denominator, unit, &seats, &months)).flatten().map(|sum| (sum, "actual"))
    };
    let own = planned(denominator).map(|sum| (sum, "target"));
    let (base, source) = own.or_else(actual).or_else(last_year).filter(|(base, _)| base.is_positive())?;
    let is_counted = described.unit == MetricUnit::Count;
    if (is_counted && base < Amount::whole(FEWEST_COUNTED)) || !is_far(needed, base) {
        return None;
    }
    let compared = Compared {
        unit: joined.name(unit),
        metric: joined.metrics[goal.metric].key.clone(),
        period: period.to_string(),
        target: shown(described, needed.rounded(described.decimals)),
        base: shown(described, base),
        apart: apart(needed, base),
        limit: MOST_APART.to_string(),
        other: described.key.clone(),
        source,
    };
    Some(Problem::new(goal.row.at.clone(), Kind::RateUnlikely(Box::new(compared))).worth(planned(numerator)))
}

fn is_far(a: Amount, b: Amount) -> bool {
    let most = Amount::whole(MOST_APART);
    a > b * most || a * most < b
}

/// Planned sales ÷ planned new customers, against what was sold per new customer before.
fn ticket(
    joined: &Joined<'_>,
    unit: Unit,
    year: Period,
    goal: &Goal<'_>,
    (sales, customers): (usize, usize),
) -> Option<Problem> {
    let planned = |metric| joined.plans.get(metric, unit, year);
    let has_both = |month: &Period| {
        let both = [sales, customers].map(|metric| planned(metric).has_month(*month, joined.calendar));
        both[0] == both[1]
    };
    let mut months = joined.calendar.months(year);
    // Sales of one half of the year and customers of the other say nothing together.
    if !months.iter().all(has_both) {
        return None;
    }
    months.retain(|month| planned(customers).has_month(*month, joined.calendar));
    let per_customer = |sales: Amount, customers: Amount| {
        sales.ratio_to(customers).filter(|_| sales.is_positive() && customers >= Amount::whole(FEWEST_COUNTED))
    };
    let target = per_customer(planned(sales).full.value()?, planned(customers).full.value()?)?;
    let seats = joined.seats_of(unit);
    let over = |months: &[Period]| {
        let sold = reported(joined, sales, unit, &seats, months)?;
        per_customer(sold, reported(joined, customers, unit, &seats, months)?)
    };
    let before: Vec<Period> = months.iter().map(|month| joined.calendar.year_before(*month)).collect();
    let is_over = |month: &Period| joined.calendar.span(*month).last <= joined.scope.as_of;
    let done: Vec<Period> = joined.calendar.months(year).into_iter().filter(is_over).collect();
    let (base, source) = over(&before).map(|base| (base, "last_year")).or_else(|| Some((over(&done)?, "history")))?;
    if !is_far(target, base) {
        return None;
    }
    let metric = &joined.metrics[sales];
    let compared = Compared {
        unit: joined.name(unit),
        metric: joined.metrics[customers].key.clone(),
        period: year.to_string(),
        target: shown(metric, target.rounded(2)),
        base: shown(metric, base.rounded(2)),
        apart: apart(target, base),
        limit: MOST_APART.to_string(),
        other: metric.key.clone(),
        source,
    };
    let kind = Kind::TicketUnlikely(Box::new(compared));
    Some(Problem::new(goal.row.at.clone(), kind).worth(planned(sales).full.value()))
}

/// Metrics whose last target is over while actuals go on.
fn time_bound(joined: &Joined<'_>, problems: &mut Vec<Problem>) {
    let mut latest: BTreeMap<usize, &Goal<'_>> = BTreeMap::new();
    let last_day = |goal: &Goal<'_>| joined.calendar.span(goal.row.period).last;
    for goal in &joined.goals {
        let known = latest.entry(goal.metric).or_insert(goal);
        if last_day(goal) > last_day(known) {
            *known = goal;
        }
    }
    let Some(end) = joined.ledger.span(joined.calendar) else { return };
    for (position, goal) in latest {
        let last = last_day(goal);
        let metric = &joined.metrics[position];
        let measured = match &metric.formula {
            Formula::Sum | Formula::Last => &metric.key,
            Formula::Ratio { numerator, .. } => numerator,
        };
        let Some(measured) = joined.metrics.position(measured) else { continue };
        let since =
            crate::period::Span { first: last.succ_opt().unwrap_or(last), last: end.last.min(joined.scope.as_of) };
        if last >= joined.scope.as_of || since.first > since.last {
            continue;
        }
        let months =
            joined.calendar.periods_within(since).into_iter().filter(|period| period.kind == PeriodKind::Month);
        // The month in which the last target ended may have actuals of before.
        let months: Vec<Period> = months.filter(|month| joined.calendar.span(*month).first > last).collect();
        if joined.ledger.is_covered(measured, &months) {
            let (last, as_of) = (last.to_string(), joined.scope.as_of.to_string());
            let kind = Kind::TargetsEnded { metric: metric.key.clone(), last, as_of };
            problems.push(Problem::new(goal.row.at.clone(), kind));
        }
    }
}
