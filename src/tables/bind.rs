//! Which tables a header heads, and what each of its columns is in them.
//!
//! One header may feed two tables: actual and plan side by side are actuals and targets. One row may hold
//! several headers side by side.

use std::collections::BTreeSet;

use crate::cell::{CellRef, OwnedValue, column_letters};
use crate::metric::Scenario;
use crate::period::parse::{Context, Written};
use crate::period::{Calendar, Kind as Kinds, Period, Span};
use crate::problem::{Kind, Problem};

use super::header::{self, Guess};
use super::mapping::Role;
use super::surroundings::{Surroundings, stated_unit};
use super::{HeldRow, Knowledge, Open, TABLES, TableSpec, actuals, budget, targets};

/// A table that a header might head.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub table: &'static TableSpec,
    /// Positions among the guesses, and what they are.
    pub roles: Vec<(usize, Role)>,
    pub missing: Vec<&'static str>,
    /// First and last column of the header, or of its part.
    pub band: (u32, u32),
    /// The rows of a scenario column that belong to the table.
    pub scenario: Option<Scenario>,
    /// The period of all rows, from the title.
    pub period: Option<Period>,
    /// It would be complete if anything said whether its figures are targets or actuals.
    pub is_unclear: bool,
    /// What stands around it alone, where several tables are side by side.
    pub around: Option<Surroundings>,
}

impl Candidate {
    fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.roles.len() >= 2
    }

    fn has_field(&self, field: &str) -> bool {
        self.roles.iter().any(|(_, role)| matches!(role, Role::Field(key) if *key == field))
    }

    fn figure_positions(&self) -> BTreeSet<usize> {
        self.roles.iter().filter(|(_, role)| role.is_figure()).map(|(position, _)| *position).collect()
    }
}

/// How many columns of a header have a role in any table.
pub fn score(tables: &[Candidate]) -> usize {
    tables.iter().flat_map(|table| table.roles.iter().map(|(position, _)| *position)).collect::<BTreeSet<_>>().len()
}

/// The tables that a header heads, and the one it nearly does where it heads none. `titles` are the rows above
/// it, for those that stand above one of several tables; `outside` is what is said besides them.
pub fn tables(
    guesses: &[Guess],
    around: &Surroundings,
    (titles, outside): (&[HeldRow], &Surroundings),
    below: &[HeldRow],
    knowledge: &Knowledge<'_>,
) -> (Vec<Candidate>, Option<Candidate>) {
    let all: Vec<usize> = (0..guesses.len()).collect();
    let (whole, near) = in_band(guesses, &all, around, below, knowledge);
    let bands = bands(guesses, below);
    if bands.len() > 1 {
        let own = surroundings_of_bands(guesses, &bands, titles, outside, knowledge);
        let parts: Vec<Vec<Candidate>> = bands
            .iter()
            .enumerate()
            .map(|(index, band)| {
                let own = own.get(index);
                let (mut tables, _) = in_band(guesses, band, own.unwrap_or(around), below, knowledge);
                tables.iter_mut().for_each(|table| table.around = own.cloned());
                tables
            })
            .collect();
        let n_tables = parts.iter().filter(|part| !part.is_empty()).count();
        let of_parts: Vec<Candidate> = parts.into_iter().flatten().collect();
        // Side by side, or one table beside cells that belong to none: they are not its columns.
        let gains = score(&of_parts) >= score(&whole);
        if (n_tables > 1 && gains) || (n_tables == 1 && gains && !whole.is_empty()) {
            return (of_parts, near);
        }
    }
    (whole, near)
}

/// What titles say about each of several tables side by side, where every one has a title of its own in the same
/// row; nothing where they share theirs.
fn surroundings_of_bands(
    guesses: &[Guess],
    bands: &[Vec<usize>],
    titles: &[HeldRow],
    outside: &Surroundings,
    knowledge: &Knowledge<'_>,
) -> Vec<Surroundings> {
    let starts: Vec<u32> = bands.iter().map(|band| band_of(guesses, band).0).collect();
    let band_at = |column: u32| starts.iter().rposition(|start| *start <= column).unwrap_or(0);
    let bands_of = |row: &HeldRow| row.cells.iter().map(|cell| band_at(cell.column)).collect::<BTreeSet<_>>();
    let (own, shared): (Vec<&HeldRow>, Vec<&HeldRow>) = titles.iter().partition(|row| bands_of(row).len() > 1);
    if own.is_empty() {
        return Vec::new();
    }
    let shared = Surroundings::of(shared.into_iter().flat_map(header::texts), knowledge.vocabulary).or(outside);
    (0..bands.len())
        .map(|band| {
            let cells = own.iter().flat_map(|row| &row.cells).filter(|cell| band_at(cell.column) == band);
            let texts = cells.filter_map(|cell| match &cell.value {
                OwnedValue::Text(text) => Some(text.as_str()),
                _ => None,
            });
            Surroundings::of(texts, knowledge.vocabulary).or(&shared)
        })
        .collect()
}

/// The tables of one stretch of adjacent columns.
fn in_band(
    guesses: &[Guess],
    band: &[usize],
    around: &Surroundings,
    below: &[HeldRow],
    knowledge: &Knowledge<'_>,
) -> (Vec<Candidate>, Option<Candidate>) {
    let mut best: Option<Candidate> = None;
    let mut near: Option<Candidate> = None;
    for table in TABLES {
        let mut candidate = bind(table, guesses, band, around, None);
        leave_out_sums(&mut candidate, &knowledge.vocabulary.calendar);
        check_data(&mut candidate, guesses, below, knowledge);
        let is_more =
            |other: &Option<Candidate>| other.as_ref().is_none_or(|other| candidate.roles.len() > other.roles.len());
        // What could be either is said to be that; and without a word for targets, sales by year are actuals.
        let is_clearer = near.as_ref().is_some_and(|near| {
            let is_alike = candidate.roles.len() == near.roles.len() && near.table.key == targets::SPEC.key;
            (candidate.is_unclear && !near.is_unclear)
                || (is_alike && candidate.table.key == actuals::SPEC.key && !near.is_unclear && !around.says_plan)
        });
        if candidate.is_complete() {
            if is_more(&best) {
                best = Some(candidate);
            }
        } else if candidate.roles.len() >= 2
            && candidate.roles.len() * 2 >= band.len()
            && (is_more(&near) || is_clearer)
        {
            near = Some(candidate);
        }
    }
    let Some(best) = best else { return (Vec::new(), near) };
    let mut tables = vec![best];
    let other = match tables[0].table.key {
        "actuals" => Some((&targets::SPEC, Scenario::Plan)),
        "targets" => Some((&actuals::SPEC, Scenario::Actual)),
        _ => None,
    };
    if let Some((table, scenario)) = other {
        let mut companion = bind(table, guesses, band, around, Some(scenario));
        leave_out_sums(&mut companion, &knowledge.vocabulary.calendar);
        check_data(&mut companion, guesses, below, knowledge);
        if tables[0].has_field("scenario") && companion.has_field("scenario") {
            // Every row says which of the two it is for.
            tables[0].scenario = Some(if scenario == Scenario::Plan { Scenario::Actual } else { Scenario::Plan });
            companion.scenario = Some(scenario);
            if companion.is_complete() {
                tables.push(companion);
            }
        } else if companion.is_complete() && companion.figure_positions().is_disjoint(&tables[0].figure_positions()) {
            tables.push(companion);
        }
    }
    for table in &mut tables {
        add_totals(table, guesses, band);
        let currency = band.iter().copied().find(|position| {
            guesses[*position].name.candidates().iter().any(|name| knowledge.vocabulary.is_currency(name))
        });
        let has_amounts = table.roles.iter().any(|(_, role)| role.is_amount());
        table.roles.extend(currency.filter(|_| has_amounts).map(|position| (position, Role::Currency)));
    }
    (tables, None)
}

/// A quarter beside its months is their sum: actuals and budgets take the months alone. Targets of both are
/// compared where they are joined.
fn leave_out_sums(candidate: &mut Candidate, calendar: &Calendar) {
    if !matches!(candidate.table.open, Open::Measures | Open::Periods) {
        return;
    }
    // Any leap year will do where headers leave it open.
    let context = Context { year: Some(2000), month: Some(1) };
    let spans: Vec<Option<(Period, Span)>> = candidate
        .roles
        .iter()
        .map(|(_, role)| match role {
            Role::Figure { period: Some(period), .. } | Role::Beside { period: Some(period), .. } => {
                period.resolve(context).map(|period| (period, calendar.span(period)))
            }
            _ => None,
        })
        .collect();
    let kinds: BTreeSet<Kinds> = spans.iter().flatten().map(|(period, _)| period.kind).collect();
    if kinds.len() < 2 {
        return;
    }
    let is_sum = |at: usize| {
        let metric = |at: usize| match &candidate.roles[at].1 {
            Role::Figure { metric, .. } => (metric.as_ref(), None),
            Role::Beside { scenario, metric, .. } => (metric.as_ref(), Some(*scenario)),
            _ => (None, None),
        };
        let Some((period, span)) = &spans[at] else { return false };
        spans.iter().enumerate().any(|(other, finer)| {
            finer.as_ref().is_some_and(|(finer, days)| {
                finer.kind > period.kind && span.contains(days.first) && metric(at) == metric(other)
            })
        })
    };
    let sums: Vec<bool> = (0..spans.len()).map(is_sum).collect();
    let mut is_sum = sums.into_iter();
    candidate.roles.retain(|_| !is_sum.next().unwrap_or(false));
}

/// A column that says it is a total is compared with the periods across that it should be the sum of.
fn add_totals(table: &mut Candidate, guesses: &[Guess], band: &[usize]) {
    let mut metrics = table.roles.iter().filter_map(|(_, role)| match role {
        Role::Figure { metric, period: Some(_) } => Some(metric),
        _ => None,
    });
    let Some(first) = metrics.next() else { return };
    if metrics.any(|metric| metric != first) {
        return;
    }
    let is_free = |position: &usize| !table.roles.iter().any(|(used, _)| used == position);
    let totals: Vec<usize> = band.iter().copied().filter(|at| guesses[*at].is_total).filter(is_free).collect();
    table.roles.extend(totals.into_iter().map(|position| (position, Role::Total)));
}

/// Stretches of columns with nothing between them, neither in the header nor below it.
fn bands(guesses: &[Guess], below: &[HeldRow]) -> Vec<Vec<usize>> {
    let adjacent = header::without_gap(below);
    let mut bands: Vec<Vec<usize>> = Vec::new();
    for (position, guess) in guesses.iter().enumerate() {
        let is_adjacent = position.checked_sub(1).is_some_and(|before| {
            let gap = guesses[before].column + 1..guess.column;
            // A column with values and without a header belongs to the table around it.
            gap.clone()
                .all(|column| adjacent.iter().take(8).any(|row| row.cells.iter().any(|cell| cell.column == column)))
        });
        match bands.last_mut() {
            Some(band) if is_adjacent => band.push(position),
            _ => bands.push(vec![position]),
        }
    }
    bands
}

/// Tries a header as the one of a table. With `only`, figures must say that they are of this scenario.
fn bind(
    table: &'static TableSpec,
    guesses: &[Guess],
    band: &[usize],
    around: &Surroundings,
    only: Option<Scenario>,
) -> Candidate {
    let mut roles: Vec<(usize, Role)> = Vec::new();
    let mut taken: Vec<&'static str> = Vec::new();
    let mut says_plan = around.says_plan;
    let mut says_actual = around.says_actual;
    let figures = || band.iter().filter_map(|position| guesses[*position].dimensions.as_ref());
    // `Sales target` beside `New customers target` is a metric; on its own it is the value.
    let metrics_across = table.open == Open::MetricsOrPeriods
        && figures().filter(|dimensions| dimensions.metric.is_some()).count() >= 2
        && !band.iter().any(|position| guesses[*position].fields.contains(&"metric"));
    let has_column = |field: &str| band.iter().any(|position| guesses[*position].fields.contains(&field));
    let (has_scenarios, names_metrics) = (has_column("scenario"), has_column("metric"));
    // Where every row says its scenario, headers need not.
    let is_open = only.is_none() || has_scenarios;
    // A budget is the plan where nothing else is.
    let has_plan = figures().any(|dimensions| dimensions.scenario == Some(Scenario::Plan));
    let n_periods = figures().filter(|dimensions| dimensions.period.is_some()).count();
    let earlier = if table.key == budget::SPEC.key { earlier_estimates(guesses, band) } else { Vec::new() };
    for position in band.iter().copied().filter(|position| !earlier.contains(position)) {
        let guess = &guesses[position];
        let is_metric = metrics_across && guess.dimensions.as_ref().is_some_and(|found| found.metric.is_some());
        let fields = table.columns.iter().map(|column| column.key);
        let field = fields.filter(|key| !is_metric || *key != "value").find(|key| guess.fields.contains(key));
        // `Q1 / Actual` is a figure of the quarter, and no column of its own.
        let has_period = guess.dimensions.as_ref().is_some_and(|found| found.period.is_some());
        let field = field.filter(|key| !(has_period && is_budget_amount(table, key)));
        let field = field.or_else(|| scenario_field(table, guess, around));
        if let Some(field) = field {
            if !taken.contains(&field) {
                taken.push(field);
                roles.push((position, Role::Field(field)));
            }
            continue;
        }
        // `Value` says nothing of itself: beside a column of scenarios or metrics it is their value.
        let is_bare_value = guess.is_value && guess.dimensions.is_none();
        let role = match (&table.open, &guess.dimensions) {
            (Open::Measures, None) if is_bare_value && (has_scenarios || names_metrics) => {
                Some(Role::Figure { metric: None, period: None })
            }
            (Open::MetricsOrPeriods, None)
                if is_bare_value && (has_scenarios || says_plan) && !taken.contains(&"value") =>
            {
                taken.push("value");
                Some(Role::Field("value"))
            }
            (Open::Stages, _) => guess.stage.clone().map(Role::Stage),
            (Open::StageDates, _) => guess.stage_date.clone().map(Role::StageDate),
            (Open::Measures, Some(found)) => {
                let is_actual = found.scenario == Some(Scenario::Actual);
                says_actual |= is_actual;
                let is_wanted = is_actual || (found.scenario.is_none() && is_open);
                let is_figure = found.metric.is_some() || found.period.is_some() || is_actual;
                // `Amount` beside a column of metrics is the amount of whichever the row names.
                let metric = found.metric.clone().filter(|_| !names_metrics || found.period.is_some());
                (is_wanted && is_figure).then_some(Role::Figure { metric, period: found.period })
            }
            (Open::MetricsOrPeriods, Some(found)) => {
                let is_plan = match found.scenario {
                    Some(Scenario::Plan) => true,
                    Some(Scenario::Budget) => !has_plan,
                    _ => false,
                };
                says_plan |= is_plan;
                let is_wanted = is_plan || (found.scenario.is_none() && is_open);
                match found {
                    // Finance's budget beside the sales targets: compared with, too, and never taken for them.
                    _ if found.scenario == Some(Scenario::Budget) && has_plan => Some(Role::Beside {
                        scenario: Scenario::Budget,
                        metric: found.metric.clone(),
                        period: found.period,
                    }),
                    _ if !is_wanted => None,
                    _ if found.metric.is_some() || found.period.is_some() => {
                        Some(Role::Figure { metric: found.metric.clone(), period: found.period })
                    }
                    _ if taken.contains(&"value") => None,
                    _ => {
                        taken.push("value");
                        Some(Role::Field("value"))
                    }
                }
            }
            (Open::Periods, Some(found)) => {
                let period = found.period.filter(|_| found.metric.is_none());
                period.map(|period| match found.scenario {
                    None | Some(Scenario::Budget | Scenario::Plan) => {
                        Role::Figure { metric: None, period: Some(period) }
                    }
                    Some(scenario) => Role::Beside { scenario, metric: None, period: Some(period) },
                })
            }
            _ => None,
        };
        // `Total sales` beside the days it is the total of.
        let is_total_of_periods = n_periods >= 2
            && matches!(role, Some(Role::Figure { period: None, .. }) | None)
            && guess.name.text.len() < 60
            && guess.is_total;
        if is_total_of_periods {
            continue;
        }
        if let Some(role) = role
            && !roles.iter().any(|(_, other)| *other == role)
        {
            roles.push((position, role));
        }
    }
    if let Some(role) = label_role(table, &taken, n_periods, says_plan, around)
        && let Some(position) = label_column(guesses, band)
    {
        taken.push(role);
        roles.push((position, Role::Field(role)));
    }
    let band = band_of(guesses, band);
    let mut candidate = Candidate {
        table,
        roles,
        missing: Vec::new(),
        band,
        scenario: None,
        period: None,
        is_unclear: false,
        around: None,
    };
    candidate.missing = missing(&mut candidate, &taken, (says_plan, says_actual), around);
    demand_of_plain_names(&mut candidate, guesses);
    candidate
}

/// Whether a field holds amounts of a budget.
fn is_budget_amount(table: &TableSpec, field: &str) -> bool {
    table.key == budget::SPEC.key && (field == "budget_amount" || budget::AMOUNTS.contains(&field))
}

/// The column of a budget that a word for a scenario names: `LE2`, `Actual`, `上年`. `Plan` is the budget where a
/// title says so.
fn scenario_field(table: &TableSpec, guess: &Guess, around: &Surroundings) -> Option<&'static str> {
    let found = guess.dimensions.as_ref().filter(|_| table.key == budget::SPEC.key)?;
    if found.period.is_some() || found.metric.is_some() {
        return None;
    }
    match found.scenario? {
        Scenario::Plan if around.says_budget => Some("budget_amount"),
        scenario => budget::field_of(scenario),
    }
}

/// Where a budget has several estimates of the same time, all but the latest: LE1 beside LE2. The number in the
/// name says which is later, else the order of the columns.
fn earlier_estimates(guesses: &[Guess], band: &[usize]) -> Vec<usize> {
    let is_estimate = |guess: &Guess| {
        let by_words = guess.dimensions.as_ref().is_some_and(|found| found.scenario == Some(Scenario::Forecast));
        by_words || guess.fields.contains(&"latest_estimate")
    };
    let round = |position: usize| (budget::round(&guesses[position].name.text), position);
    let period = |position: usize| guesses[position].dimensions.as_ref().and_then(|found| found.period);
    let estimates: Vec<usize> = band.iter().copied().filter(|position| is_estimate(&guesses[*position])).collect();
    let is_later = |other: usize, than: usize| period(other) == period(than) && round(other) > round(than);
    estimates.iter().copied().filter(|at| estimates.iter().any(|other| is_later(*other, *at))).collect()
}

/// What the texts before figures by period are, in a table whose title says what it is: the items of a budget,
/// the units that targets are for.
fn label_role(
    table: &TableSpec,
    taken: &[&'static str],
    n_periods: usize,
    says_plan: bool,
    around: &Surroundings,
) -> Option<&'static str> {
    match table.key {
        _ if n_periods < 3 => None,
        "budget" if around.says_budget && !taken.contains(&"item") => Some("item"),
        "targets" if says_plan && !around.says_budget && taken.is_empty() => Some("unit"),
        _ => None,
    }
}

/// The one column before the first period of which nothing is known.
fn label_column(guesses: &[Guess], band: &[usize]) -> Option<usize> {
    let is_period = |guess: &Guess| guess.dimensions.as_ref().is_some_and(|found| found.period.is_some());
    let mut before = band.iter().copied().take_while(|position| !is_period(&guesses[*position]));
    let first = before.next()?;
    let guess = &guesses[first];
    let is_unknown = guess.fields.is_empty() && guess.dimensions.is_none() && !guess.is_total;
    (is_unknown && before.next().is_none()).then_some(first)
}

/// `Item` and `Amount` alone may be sales: a budget then says its cycle, spending its day and a department, or
/// whether it is committed.
fn demand_of_plain_names(candidate: &mut Candidate, guesses: &[Guess]) {
    let guess_of = |field: &'static str| {
        let found = candidate.roles.iter().find(|(_, role)| *role == Role::Field(field));
        found.map(|(position, _)| &guesses[*position])
    };
    let names_metric = |guess: &Guess| guess.dimensions.as_ref().is_some_and(|found| found.metric.is_some());
    let is_plain = |amount: &'static str| guess_of(amount).is_some_and(names_metric);
    let is_any_item = guess_of("item").is_some_and(|guess| guess.name.whole == "item");
    let says = |field: &'static str| candidate.has_field(field) || candidate.missing.contains(&field);
    let lacks = if is_plain("budget_amount") && !says("cycle") {
        Some("cycle")
    } else if is_plain("spend_amount") && !says("date") {
        Some("date")
    } else if is_plain("spend_amount") && is_any_item && !says("department") && !says("spend_kind") {
        Some("department")
    } else {
        None
    };
    candidate.missing.extend(lacks);
}

fn band_of(guesses: &[Guess], band: &[usize]) -> (u32, u32) {
    let columns = band.iter().map(|position| guesses[*position].column);
    (columns.clone().min().unwrap_or(0), columns.max().unwrap_or(0))
}

/// The required columns that a header lacks. Layouts exclude each other: with periods across,
/// metric names among the headers are not targets.
fn missing(
    candidate: &mut Candidate,
    taken: &[&'static str],
    (says_plan, says_actual): (bool, bool),
    around: &Surroundings,
) -> Vec<&'static str> {
    let table = candidate.table;
    let has = |field: &str| taken.contains(&field);
    let roles = &mut candidate.roles;
    // Ids such as M01 read as months too: periods across are of one shape, and beside them stands a column
    // that says whose or what they are.
    let periods: Vec<Written> = roles
        .iter()
        .filter_map(|(_, role)| match role {
            Role::Figure { period, .. } => *period,
            _ => None,
        })
        .collect();
    let shape = |period: &Written| std::mem::discriminant(period);
    let are_alike = periods.iter().all(|period| shape(period) == shape(&periods[0]));
    let n_distinct = periods.iter().enumerate().filter(|(index, period)| !periods[..*index].contains(period)).count();
    let is_titled = says_plan || says_actual;
    let periods_across =
        are_alike && (n_distinct >= 3 || (n_distinct >= 1 && (periods.len() >= 2 || is_titled) && !taken.is_empty()));
    let keeps_periods = periods_across
        && match table.open {
            // Two dates beside each other are no budget: an item stands before them.
            Open::Periods => has("item") && (!has("budget_amount") || n_distinct >= 3),
            _ => !has("value"),
        };
    roles.retain(|(_, role)| match role {
        Role::Figure { period: Some(_), .. } | Role::Beside { period: Some(_), .. } => keeps_periods,
        Role::Beside { period: None, .. } => !keeps_periods,
        Role::Figure { period: None, .. } => {
            table.open == Open::Measures && !keeps_periods
                || table.open == Open::MetricsOrPeriods && !keeps_periods && !has("value")
        }
        _ => true,
    });
    let says_actual = says_actual || has("document") || has("scenario");
    let n_figures = roles.iter().filter(|(_, role)| matches!(role, Role::Figure { .. })).count();
    let names_metric = roles.iter().any(|(_, role)| matches!(role, Role::Figure { metric: Some(_), .. }));
    let month = around.context.month.zip(around.context.year).map(|(month, year)| Period::month(year, month));
    let mut missing = Vec::new();
    match table.open {
        Open::Nothing | Open::Periods => missing.extend(lacking(table, &has, n_figures > 0)),
        Open::Measures => {
            if !has("date") && !has("period") && !keeps_periods {
                // 2026年3月销售明细: the title says it for all rows.
                match month.filter(|_| ["person", "person_id", "team", "region"].into_iter().any(has)) {
                    Some(month) => candidate.period = Some(month),
                    None => missing.push("date"),
                }
            }
            if n_figures == 0 {
                missing.push("measure");
            } else if keeps_periods && !says_actual && (says_plan || (!names_metric && around.metric.is_none())) {
                // Under a title that says target, months across are targets; under one that says nothing,
                // they could be either.
                candidate.is_unclear = missing.is_empty() && !says_plan;
                missing.push("measure");
            }
        }
        Open::StageDates => {
            missing.extend(lacking(table, &has, false));
            // Days of stages say at which stage a deal is, and when.
            if roles.iter().any(|(_, role)| matches!(role, Role::StageDate(_))) {
                missing.retain(|field| !matches!(*field, "deal_stage" | "deal_amount"));
            }
        }
        Open::Stages => {
            if !has("period") && !has("date") {
                missing.push("period");
            }
            if roles.iter().filter(|(_, role)| matches!(role, Role::Stage(_))).count() < 2 {
                missing.push("stage");
            }
        }
        Open::MetricsOrPeriods => {
            let has_figures = has("value") || n_figures > 0;
            if !keeps_periods && !has("period") && !has("date") && !has("year") {
                let context = around.context;
                let year = context.year.map(Period::year);
                match month.or(year).filter(|_| has_figures && (says_plan || has("value"))) {
                    Some(period) => candidate.period = Some(period),
                    None => missing.push("period"),
                }
            }
            if !has_figures || !(says_plan || has("value") || has("scenario") || (has("metric") && !keeps_periods)) {
                candidate.is_unclear = missing.is_empty() && keeps_periods;
                missing.push("value");
            }
        }
    }
    missing
}

/// The required columns that a table with columns of its own lacks.
fn lacking(table: &TableSpec, has: &dyn Fn(&str) -> bool, has_periods: bool) -> Vec<&'static str> {
    let mut missing = Vec::new();
    let mut demand = |field: &'static str, any_of: &[&str]| {
        if !any_of.iter().any(|field| has(field)) {
            missing.push(field);
        }
    };
    match table.key {
        "team" => {
            demand("person", &["person", "person_id"]);
            demand("team", &["team", "region", "manager", "role", "start"]);
        }
        "deals" => {
            demand("deal_id", &["deal_id", "deal_name"]);
            demand("deal_stage", &["deal_stage"]);
            let says_more = ["deal_amount", "created", "closed", "expected_close", "stage_since", "snapshot", "date"];
            demand("deal_amount", &says_more);
        }
        "spend" => {
            demand("date", &["date", "period"]);
            demand("item", &["item"]);
            demand("spend_amount", &["spend_amount"]);
        }
        "budget" => {
            demand("item", &["item"]);
            if !has_periods {
                demand("budget_amount", &["budget_amount"]);
            }
        }
        _ => missing
            .extend(table.columns.iter().filter(|column| column.required && !has(column.key)).map(|column| column.key)),
    }
    missing
}

/// Takes a role back where the cells below cannot be what it says: a name in a column of figures, words in a
/// column of metrics that name none.
fn check_data(candidate: &mut Candidate, guesses: &[Guess], below: &[HeldRow], knowledge: &Knowledge<'_>) {
    let values = |position: usize| {
        let column = guesses[position].column;
        below.iter().flat_map(|row| &row.cells).filter(move |cell| cell.column == column).map(|cell| &cell.value)
    };
    let is_numeric = |value: &OwnedValue| match value {
        OwnedValue::Text(text) => text.chars().any(|character| character.is_numeric()) || text.chars().count() < 3,
        OwnedValue::Date(_) => false,
        _ => true,
    };
    let vocabulary = knowledge.vocabulary;
    // Where nearly every column is known, it is a header whatever stands below it: bad cells are named one by one.
    let is_sure = candidate.roles.len() * 5 >= guesses.len() * 3;
    let names_metric = |value: &OwnedValue| match value {
        OwnedValue::Text(text) => vocabulary.metric(text).is_some(),
        _ => false,
    };
    // `Item` and `Amount` are a budget where rows say so themselves.
    let says_budget = |value: &OwnedValue| match value {
        OwnedValue::Text(text) => vocabulary.scenario(text) == Some(Scenario::Budget),
        _ => false,
    };
    let scenarios = candidate.roles.iter().find(|(_, role)| *role == Role::Field("scenario"));
    if candidate.table.key == budget::SPEC.key
        && scenarios.is_some_and(|(position, _)| values(*position).any(says_budget))
    {
        candidate.missing.retain(|field| *field != "cycle");
    }
    let is_wrong = |position: usize, role: &Role| {
        let mut filled = values(position).peekable();
        if filled.peek().is_none() {
            return false;
        }
        match role {
            Role::Figure { .. } | Role::Beside { .. } | Role::Stage(_) | Role::Field("value") => {
                !is_sure && values(position).count() > 2 && !filled.any(is_numeric)
            }
            Role::Field("metric") => !filled.any(names_metric),
            Role::Field("scenario") => {
                let says =
                    |value: &OwnedValue| matches!(value, OwnedValue::Text(text) if vocabulary.scenario(text).is_some());
                !filled.any(says)
            }
            _ => false,
        }
    };
    let wrong: Vec<Role> = candidate
        .roles
        .iter()
        .filter(|(position, role)| is_wrong(*position, role))
        .map(|(_, role)| role.clone())
        .collect();
    if wrong.is_empty() {
        return;
    }
    candidate.roles.retain(|(_, role)| !wrong.contains(role));
    let has_figures = candidate.roles.iter().any(|(_, role)| role.is_figure());
    for role in wrong {
        match role {
            Role::Field("metric") => candidate.missing.push("metric"),
            role if role.is_figure() && !has_figures => candidate.missing.push("value"),
            _ => {}
        }
    }
}

/// The columns of a header that no table uses: named, with what they might be.
pub fn remark_on_unused(
    guesses: &[Guess],
    tables: &[Candidate],
    below: &[HeldRow],
    (place, header_row): (&CellRef, u32),
    knowledge: &Knowledge<'_>,
    problems: &mut Vec<Problem>,
) {
    let vocabulary = knowledge.vocabulary;
    let roles = || tables.iter().flat_map(|table| &table.roles);
    let all: Vec<usize> = (0..guesses.len()).collect();
    for (position, guess) in guesses.iter().enumerate() {
        let of_band = tables.iter().find(|table| (table.band.0..=table.band.1).contains(&guess.column));
        let (Some(table), false) = (of_band, roles().any(|(used, _)| *used == position)) else { continue };
        let at = place.at(header_row, guess.column);
        let field = guess.shown.clone();
        let is_same = |role: &Role| match role {
            Role::Field(field) => guess.fields.contains(field),
            Role::Figure { metric, period } => guess.dimensions.as_ref().is_some_and(|found| {
                found.metric == *metric
                    && found.period == *period
                    && matches!(found.scenario, None | Some(Scenario::Actual))
            }),
            Role::Stage(stage) => guess.stage.as_ref() == Some(stage),
            Role::StageDate(stage) => guess.stage_date.as_ref() == Some(stage),
            Role::Beside { scenario, metric, period } => guess.dimensions.as_ref().is_some_and(|found| {
                (found.scenario, &found.metric, found.period) == (Some(*scenario), metric, *period)
            }),
            Role::Total | Role::Currency | Role::Operand => false,
        };
        if guess.is_total || stated_unit(&guess.shown).is_some() {
            continue;
        }
        if table.table.key == budget::SPEC.key && earlier_estimates(guesses, &all).contains(&position) {
            problems.push(Problem::new(at, Kind::EarlierEstimate { field }));
            continue;
        }
        // Month and week beside a date are no mistake; two columns of one name are.
        let is_named_alike = |position: usize| {
            guess.fields.is_empty()
                || guesses[position].name.candidates().iter().any(|name| guess.name.candidates().contains(name))
        };
        let same = table.roles.iter().find(|(position, role)| is_same(role) && is_named_alike(*position));
        if let Some((first, _)) = same {
            let first = format!("{}{}", column_letters(guesses[*first].column), u64::from(header_row) + 1);
            problems.push(Problem::new(at, Kind::DuplicateColumn { field, first }));
            continue;
        }
        let is_figure = guess.dimensions.is_some()
            || guess.fields.is_empty() && vocabulary.hints_at_figure(&guess.name.text) && guess.stage.is_none();
        if is_figure && holds_numbers(guess.column, below) {
            problems.push(Problem::new(at, Kind::FigureColumnUnused { field }));
            continue;
        }
        let keys: Vec<&str> = table.table.columns.iter().map(|column| column.key).collect();
        let suggestion =
            if guess.fields.is_empty() { vocabulary.nearest_field(&guess.name.whole, &keys) } else { None };
        problems.push(Problem::new(at, Kind::UnusedColumn { field, suggestion }));
    }
}

/// Whether a column has numbers, as far as the held rows show.
fn holds_numbers(column: u32, below: &[HeldRow]) -> bool {
    let cells = header::without_gap(below).iter().flat_map(|row| &row.cells);
    cells.filter(|cell| cell.column == column).any(|cell| matches!(cell.value, OwnedValue::Number(_)))
}
