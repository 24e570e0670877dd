//! Budget: every line against the time that has passed, with departments and totals; the months; and an amount
//! divided over units.

use crate::analysis::budget::{BudgetFigures, ForecastBy, Scope};
use crate::analysis::pacing::Status;
use crate::analysis::variance::{impact, is_material};
use crate::facts::Phasing;
use crate::facts::budgets::BudgetLine;
use crate::measure::{Amount, Tally};
use crate::metric::{Materiality, Polarity};
use crate::period::{Kind, Period};

use super::{Block, Chart, ChartKind, Column, Findings, Formula, Item, Line, LineRole, Look, Page, Scenario, points};

/// Columns that formulas refer to.
const BUDGET: usize = 4;
const ADJUSTMENT: usize = 5;
const ADJUSTED: usize = 6;
const COMMITTED: usize = 8;
const ACTUAL: usize = 9;
const UTILISATION: usize = 11;
const PACE: usize = 12;
const VARIANCE: usize = 14;
const FORECAST: usize = 17;

/// Decimals of money that finance settles.
const LOOK: Look = Look::Money(2);
const DELTA: Look = Look::MoneyDelta(2);

pub fn build(findings: &Findings<'_>) -> Option<Page> {
    let period = period(findings);
    let allocation = allocation(findings);
    let (mut blocks, mut worst, mut message) = (Vec::new(), None, findings.word("report.budget").to_string());
    if let Some(period) = period {
        let shown: Vec<&BudgetFigures> = findings.budget.iter().filter(|figures| figures.period == period).collect();
        worst = shown.iter().map(|figures| findings.budget_status(figures)).min();
        message = self::message(findings, period, &shown);
        blocks.push(lines(findings, &shown));
        blocks.extend(months(findings, period));
    } else if allocation.is_none() {
        return None;
    }
    blocks.extend(allocation);
    Some(Page {
        key: "budget",
        number: 10,
        message,
        titles: findings.titles(period, findings.budget_legend()),
        blocks,
        worst,
        frozen_columns: 2,
    })
}

/// The period asked for, or else the year of the as-of day, or the last one that has a budget.
fn period(findings: &Findings<'_>) -> Option<Period> {
    let has = |period: &Period| findings.budget.iter().any(|figures| figures.period == *period);
    let as_of = findings.facts.scope.as_of;
    let year = findings.facts.calendar.containing(Kind::Year, as_of);
    let asked = findings.facts.scope.period.filter(has).or(Some(year).filter(has));
    let years = findings.budget.iter().map(|figures| figures.period).filter(|period| period.kind == Kind::Year);
    asked.or(years.max()).or_else(|| findings.budget.first().map(|figures| figures.period))
}

fn message(findings: &Findings<'_>, period: Period, shown: &[&BudgetFigures]) -> String {
    let total = |figures: &&&BudgetFigures| figures.scope == Scope::Total;
    let whole = shown.iter().filter(total).find(|figures| !figures.is_income).or(shown.iter().find(total));
    let Some(whole) = whole else { return findings.word("report.budget").to_string() };
    let period = findings.period_words(period);
    let percent = |ratio: Amount| format!("{} %", (ratio * Amount::whole(100)).grouped(1));
    let (Some(used), Some(pace), Some(available)) = (whole.utilisation(), whole.pace(), whole.available()) else {
        let budget = findings.cents(whole.adjusted().unwrap_or(Amount::ZERO));
        return findings.lang.say("message.budget_none", &[("period", &period), ("budget", &budget)]);
    };
    let lines = || shown.iter().filter(|figures| matches!(figures.scope, Scope::Line(_)));
    let n_adverse = lines().filter(|figures| findings.budget_status(figures) < Status::OnTrack).count();
    let over = whole.forecast_variance().filter(|over| over.is_positive() && !whole.is_income);
    findings.lang.say(
        if over.is_some() { "message.budget_over" } else { "message.budget" },
        &[
            ("period", &period),
            ("used", &percent(used)),
            ("pace", &percent(pace)),
            ("available", &findings.cents(available)),
            ("over", &findings.cents(over.unwrap_or(Amount::ZERO))),
            ("n_adverse", &n_adverse.to_string()),
            ("n_lines", &lines().count().to_string()),
        ],
    )
}

/// Every line with its department's sum below it, and the whole at the bottom; income by itself.
fn lines(findings: &Findings<'_>, shown: &[&BudgetFigures]) -> Block {
    let budgets = &findings.facts.budgets;
    let mut lines = Vec::new();
    let has_both = shown.iter().any(|figures| figures.is_income) && shown.iter().any(|figures| !figures.is_income);
    for is_income in [false, true] {
        let own: Vec<&BudgetFigures> = shown.iter().copied().filter(|figures| figures.is_income == is_income).collect();
        if own.is_empty() {
            continue;
        }
        let department = |figures: &BudgetFigures| match figures.scope {
            Scope::Line(line) => budgets.department(line),
            Scope::Department(line) => Some(line),
            Scope::Total => None,
        };
        let mut members: Vec<(usize, &BudgetFigures)> = Vec::new();
        let of_lines = || own.iter().copied().filter(|figures| matches!(figures.scope, Scope::Line(_)));
        for whole in own.iter().copied().filter(|figures| matches!(figures.scope, Scope::Department(_))) {
            let first = members.len();
            for figures in of_lines().filter(|figures| department(figures) == department(whole)) {
                members.push((lines.len(), figures));
                lines.push(line(findings, figures, &[], has_both));
            }
            lines.push(line(findings, whole, &members[first..], has_both));
        }
        for figures in of_lines().filter(|figures| department(figures).is_none()) {
            members.push((lines.len(), figures));
            lines.push(line(findings, figures, &[], has_both));
        }
        for whole in own.iter().copied().filter(|figures| figures.scope == Scope::Total) {
            lines.push(line(findings, whole, &members, has_both));
        }
    }
    let word = |key: &str| findings.word(key);
    let columns = vec![
        Column::new(word("head.item")),
        Column::new(word("head.department")),
        Column::new(word("head.cycle")),
        Column::new(word("head.py")).of(Scenario::PriorYear),
        Column::new(word("head.budget")).of(Scenario::Budget),
        Column::new(word("head.adjustment")),
        Column::new(word("head.budget_adjusted")).of(Scenario::Budget),
        Column::new(word("head.budget_due")).of(Scenario::Budget),
        Column::new(word("head.committed")),
        Column::new(word("head.ac")).of(Scenario::Actual),
        Column::new(word("head.available")),
        Column::new(word("head.utilisation")).with_bars(),
        Column::new(word("head.pace")),
        Column::new(word("head.use_lead")),
        Column::new(word("head.delta_bu")),
        Column::new(word("head.delta_bu_percent")),
        Column::new(word("head.le")).of(Scenario::Forecast),
        Column::new(word("head.fc")).of(Scenario::Forecast),
        Column::new(word("head.fc_over")),
        Column::new(word("head.status")),
        Column::new(word("head.note")).wrapping(),
    ];
    Block::new(word("block.budget_lines"), columns, lines)
}

fn line(findings: &Findings<'_>, figures: &BudgetFigures, members: &[(usize, &BudgetFigures)], has_both: bool) -> Line {
    let lines = &findings.facts.budgets.lines;
    let (role, name, department, cycle) = match figures.scope {
        Scope::Line(line) => {
            let own = &lines[line];
            let name = own.item.clone().unwrap_or_else(|| findings.word("word.unassigned").to_string());
            (LineRole::Detail, name, own.department.clone().unwrap_or_default(), own.cycles.join("; "))
        }
        Scope::Department(line) => {
            let department = lines[line].department.clone().unwrap_or_default();
            (LineRole::Subtotal, findings.word("word.total").to_string(), department, String::new())
        }
        Scope::Total => {
            let name = match (has_both, figures.is_income) {
                (false, _) => findings.word("word.total").to_string(),
                (true, true) => findings.word("word.total_income").to_string(),
                (true, false) => findings.word("word.total_spending").to_string(),
            };
            (LineRole::Total, name, String::new(), String::new())
        }
    };
    // A sum carries a formula where its members add up to it.
    let sum = |pick: fn(&BudgetFigures) -> Option<Amount>| {
        let filled = members.iter().filter(|(_, member)| pick(member).is_some());
        let sum: Amount = members.iter().filter_map(|(_, member)| pick(member)).sum();
        (Some(sum) == pick(figures)).then(|| Formula::Sum(filled.map(|(line, _)| *line).collect()))
    };
    let tally = |pick: fn(&BudgetFigures) -> Tally| Item::tally(&pick(figures), LOOK);
    let polarity = if figures.is_income { Polarity::HigherBetter } else { Polarity::LowerBetter };
    let rule = materiality(findings);
    let tone = |difference: Option<Amount>| {
        let difference = difference.unwrap_or(Amount::ZERO);
        findings.tone(impact(difference, polarity, 2), is_material(difference, figures.adjusted(), rule))
    };
    // While the period is open, money that is still to be used is no saving.
    let is_over = figures.pace() == Some(Amount::ONE);
    let variance = figures.variance().filter(|_| is_over);
    let has_variance = figures.variance().is_some();
    let forecast = figures.forecast.map(|(amount, _)| amount);
    Line {
        role,
        depth: u8::from(matches!(figures.scope, Scope::Line(_))),
        items: vec![
            Item::text(name),
            Item::text(department),
            Item::text(cycle),
            tally(|figures| figures.prior_year).by(sum(|figures| figures.prior_year.value())),
            tally(|figures| figures.budget).by(sum(|figures| figures.budget.value())),
            tally(|figures| figures.adjustment).by(sum(|figures| figures.adjustment.value())),
            Item::number(figures.adjusted(), LOOK).by(Some(Formula::Plus(BUDGET, ADJUSTMENT))),
            Item::number(figures.adjusted().map(|_| figures.due), LOOK)
                .by(sum(|figures| figures.adjusted().map(|_| figures.due))),
            tally(|figures| figures.committed).by(sum(|figures| figures.committed.value())),
            tally(|figures| figures.actual).by(sum(|figures| figures.actual.value())),
            Item::number(figures.available(), LOOK).by(Some(Formula::MinusBoth(ADJUSTED, COMMITTED, ACTUAL))),
            Item::number(figures.utilisation(), Look::Percent).by(Some(Formula::Over(ACTUAL, ADJUSTED))),
            Item::number(figures.pace(), Look::Percent).by(Some(Formula::Over(DUE, ADJUSTED))),
            Item::number(points(lead(figures)), Look::Points).by(Some(Formula::PointsBetween(UTILISATION, PACE))),
            Item::toned(figures.variance(), DELTA, tone(variance)).by(Some(Formula::Minus(ACTUAL, ADJUSTED))),
            Item::toned(figures.variance_ratio(), Look::DeltaPercent, tone(variance))
                .by(has_variance.then_some(Formula::OverAbsolute(VARIANCE, ADJUSTED))),
            tally(|figures| figures.latest_estimate).by(sum(|figures| figures.latest_estimate.value())),
            Item::number(forecast, LOOK).by(sum(|figures| figures.forecast.map(|(amount, _)| amount))),
            Item::toned(figures.forecast_variance(), DELTA, tone(figures.forecast_variance()))
                .by(Some(Formula::Minus(FORECAST, ADJUSTED))),
            findings.status_item(findings.budget_status(figures)),
            Item::text(note(findings, figures)),
        ],
    }
}

/// Column of what was due, for the formula of pace.
const DUE: usize = 7;

/// Use − pace, both as shares of the adjusted budget.
fn lead(figures: &BudgetFigures) -> Option<Amount> {
    Some(figures.utilisation()? - figures.pace()?)
}

/// What was assumed, and what is missing.
fn note(findings: &Findings<'_>, figures: &BudgetFigures) -> String {
    let mut notes: Vec<String> = Vec::new();
    let mut add = |key: &str| notes.push(findings.word(key).to_string());
    if let Scope::Line(line) = figures.scope {
        let BudgetLine { is_cycle_assumed, is_basis_assumed, .. } = &findings.facts.budgets.lines[line];
        if *is_cycle_assumed {
            add("note.cycle_assumed");
        }
        if *is_basis_assumed {
            add("note.basis_assumed");
        }
    }
    match figures.forecast {
        Some((_, ForecastBy::LatestEstimate)) => add("note.forecast_estimate"),
        Some((_, ForecastBy::Lines)) => add("note.forecast_lines"),
        Some((_, ForecastBy::Budget)) => add("note.forecast_budget"),
        Some((_, ForecastBy::RunRate)) | None => {}
    }
    if !matches!(figures.scope, Scope::Line(_)) && figures.n_open > 0 {
        notes.push(findings.lang.say("note.budget_open", &[("n", &figures.n_open.to_string())]));
    }
    let n_unreadable = figures.budget.n_unreadable + figures.actual.n_unreadable + figures.committed.n_unreadable;
    if n_unreadable > 0 {
        notes.push(findings.lang.say("note.unreadable", &[("n_cells", &n_unreadable.to_string())]));
    }
    notes.join(findings.word("separator"))
}

/// All spending month by month, or all income where there is no spending.
fn months(findings: &Findings<'_>, period: Period) -> Option<Block> {
    let months = findings.facts.calendar.months(period);
    let totals = |is_income: bool| {
        let own = move |figures: &&BudgetFigures| figures.scope == Scope::Total && figures.is_income == is_income;
        let within = findings.budget.iter().filter(own).filter(|figures| months.contains(&figures.period));
        within.filter(|figures| figures.period.kind == Kind::Month).collect::<Vec<_>>()
    };
    let mut shown = totals(false);
    if shown.is_empty() {
        shown = totals(true);
    }
    if shown.len() < 2 {
        return None;
    }
    let lines = shown.iter().map(|figures| Line {
        role: LineRole::Detail,
        depth: 0,
        items: vec![
            Item::text(findings.period_name(figures.period)),
            Item::tally(&figures.prior_year, LOOK),
            Item::number(figures.adjusted(), LOOK),
            Item::tally(&figures.committed, LOOK),
            Item::tally(&figures.actual, LOOK),
            Item::number(figures.variance(), DELTA).by(Some(Formula::Minus(4, 2))),
            Item::number(figures.variance_ratio(), Look::DeltaPercent)
                .by(figures.variance().map(|_| Formula::OverAbsolute(5, 2))),
            Item::tally(&figures.latest_estimate, LOOK),
        ],
    });
    let lines: Vec<Line> = lines.collect();
    let word = |key: &str| findings.word(key);
    let columns = vec![
        Column::new(word("head.period")),
        Column::new(word("head.py")).of(Scenario::PriorYear),
        Column::new(word("head.budget_adjusted")).of(Scenario::Budget),
        Column::new(word("head.committed")),
        Column::new(word("head.ac")).of(Scenario::Actual),
        Column::new(word("head.delta_bu")),
        Column::new(word("head.delta_bu_percent")),
        Column::new(word("head.le")).of(Scenario::Forecast),
    ];
    let title = word("block.budget_months").to_string();
    // Prior year, budget, actual, estimate: as everywhere.
    let is_filled = |column: &usize| lines.iter().any(|line| matches!(line.items.get(*column), Some(Item::Number(_))));
    let values: Vec<usize> = [1, 2, 4, 7].into_iter().filter(is_filled).collect();
    let chart = Chart { title: title.clone(), kind: ChartKind::Columns, axis_from: None, categories: 0, values };
    Some(Block { chart: Some(chart), ..Block::new(title, columns, lines) })
}

/// An amount divided over units: the parts add up to it.
fn allocation(findings: &Findings<'_>) -> Option<Block> {
    let allocation = findings.allocation.as_ref()?;
    let whole: Amount = allocation.shares.iter().map(|share| share.amount).sum();
    let look = findings.look(allocation.metric);
    let mut lines: Vec<Line> = allocation
        .shares
        .iter()
        .map(|share| Line {
            role: LineRole::Detail,
            depth: 0,
            items: vec![
                Item::text(findings.level_name(share.unit)),
                Item::text(findings.unit_name(share.unit)),
                Item::number(share.target, look),
                Item::number(share.expected_attainment, Look::Percent),
                Item::number(Some(share.weight), LOOK),
                Item::number(share.amount.ratio_to(whole), Look::Percent),
                Item::number(Some(share.amount), LOOK),
            ],
        })
        .collect();
    let members: Vec<usize> = (0..lines.len()).collect();
    let total = Item::number(Some(whole), LOOK).by(Some(Formula::Sum(members)));
    let mut items = vec![Item::Blank, Item::text(findings.word("word.total"))];
    items.extend((0..4).map(|_| Item::Blank));
    items.push(total);
    lines.push(Line { role: LineRole::Total, depth: 0, items });
    let word = |key: &str| findings.word(key);
    let columns = vec![
        Column::new(word("head.level")),
        Column::new(word("head.unit")),
        Column::new(word("head.period_target")).of(Scenario::Plan),
        Column::new(word("head.expected_attainment")),
        Column::new(word("head.weight")),
        Column::new(word("head.budget_share")),
        Column::new(word("head.allocated")).of(Scenario::Budget),
    ];
    let rule = word(&format!("legend.allocation.{}", allocation.by.key())).to_string();
    let rule = if allocation.is_equal_for_want_of_weights {
        [&rule, word("note.equal_shares")].join(word("separator"))
    } else {
        rule
    };
    let title = findings.lang.say(
        "block.allocation",
        &[
            ("amount", &findings.cents(whole)),
            ("period", &findings.period_words(allocation.period)),
            ("metric", &findings.metric_name(allocation.metric)),
            ("rule", &rule),
        ],
    );
    Some(Block::new(title, columns, lines))
}

/// Budgets are judged as the metric of costs is.
fn materiality(findings: &Findings<'_>) -> Materiality {
    let metrics = &findings.facts.metrics;
    metrics[metrics.position("cost").unwrap_or(0)].materiality
}

impl Findings<'_> {
    fn budget_status(&self, figures: &BudgetFigures) -> Status {
        figures.status(&self.status, &self.band)
    }

    /// How budgets were phased and are judged, in words.
    fn budget_legend(&self) -> String {
        let phasing = match self.facts.rules.phasing {
            Phasing::Equal => "phasing.equal",
            Phasing::WorkDays => "phasing.work_days",
            Phasing::CycleStart => "phasing.cycle_start",
            Phasing::Weights(_) => "phasing.weights",
        };
        let percent = |ratio: Amount| (ratio * Amount::whole(100)).rounded(2).plain();
        let setting = |value: f64| percent(Amount::from_setting(value).unwrap_or(Amount::ZERO));
        self.lang.say(
            "legend.budget",
            &[
                ("phasing", self.word(phasing)),
                ("overspend", &percent(self.band.overspend)),
                ("underspend", &percent(self.band.underspend)),
                ("at_risk", &setting(self.status.at_risk)),
                ("critical", &setting(self.status.critical)),
            ],
        )
    }
}
