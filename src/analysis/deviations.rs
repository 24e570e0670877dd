//! Deviations: everything over all analyses that is off and matters, since when, and what is known of the cause.

use std::collections::{BTreeMap, HashMap};

use crate::facts::{Facts, Level, Unit};
use crate::measure::{Amount, Ratio};
use crate::period::{Kind, Period, Span};

use super::attainment::{Attainment, Reason};
use super::bridge::{Bridge, Effects};
use super::budget::{BudgetFigures, Scope, TargetBand};
use super::deals::DealFigures;
use super::drivers::{Gaps, Path};
use super::milestones::{MilestoneFigures, Standing};
use super::pacing::{Status, StatusRules};
use super::shortfall::{Quantity, Shortfall};
use super::variance::{self, Base, Impact, Variance};
use super::weekly::{Signal, WeekFigure};

/// What made a deviation one.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Rule {
    /// Behind pace by more than the at-risk threshold, and material.
    BehindPace,
    /// Without a target: materially worse than the year before.
    WorseThanPriorYear,
    /// A period is over, there is a target, and nothing was reported.
    NoActual,
    /// The last week lies outside the limits of chance, on the bad side.
    OutsideLimits,
    /// A budget line that is off its pace.
    Budget,
    /// Open deals cover less than twice what is left of the target.
    ThinCoverage,
    /// A task of the plan is late.
    LateTask,
    /// An employee reported it.
    Reported,
}

impl Rule {
    pub fn key(self) -> &'static str {
        match self {
            Rule::BehindPace => "behind_pace",
            Rule::WorseThanPriorYear => "worse_than_prior_year",
            Rule::NoActual => "no_actual",
            Rule::OutsideLimits => "outside_limits",
            Rule::Budget => "budget",
            Rule::ThinCoverage => "thin_coverage",
            Rule::LateTask => "late_task",
            Rule::Reported => "reported",
        }
    }
}

/// What a deviation is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Subject {
    /// Positions among the metrics and the units.
    Figure { metric: usize, unit: Unit },
    /// Position among the budget lines.
    Line(usize),
    /// Position among the tasks of plans.
    Task(usize),
    /// Position among the issues.
    Issue(usize),
}

/// What is known of why.
#[derive(Clone, Debug)]
pub enum Cause {
    /// Who or what is behind the gap.
    Path(Path),
    /// Volume, mix, price and the rest.
    Bridge(Base, Effects),
    /// Leads, step rates and value per deal.
    Shortfall(Shortfall),
    /// Days since a task was due.
    DaysLate(i64),
    /// Cells that could not be read and are missing from the figure.
    Unreadable(u32),
    /// The mean of the weeks before, and the limit that was passed.
    Limits { mean: Amount, limit: Amount },
}

/// When: a period of the report, or a week.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum When {
    Period(Period),
    Week(Span),
    Day(chrono::NaiveDate),
}

/// One deviation.
#[derive(Clone, Debug)]
pub struct Deviation {
    pub rule: Rule,
    pub subject: Subject,
    /// The last period in which it holds.
    pub when: When,
    /// The first of the consecutive periods in which it holds.
    pub since: When,
    /// How many periods in a row it holds.
    pub n_periods: u32,
    /// What was to be: the target to date, the year before, the budget due.
    pub base: Option<Amount>,
    pub actual: Option<Amount>,
    /// Actual − base.
    pub variance: Option<Amount>,
    pub variance_ratio: Option<Ratio>,
    pub is_rate: bool,
    pub status: Status,
    pub causes: Vec<Cause>,
}

/// What the deviations are found in.
pub struct Analyses<'a> {
    pub attainment: &'a [Attainment],
    pub variances: &'a [Variance],
    pub bridges: &'a [Bridge],
    pub weeks: &'a [WeekFigure],
    pub budget: &'a [BudgetFigures],
    pub shortfalls: &'a [Shortfall],
    pub deals: &'a [DealFigures],
    pub milestones: &'a [MilestoneFigures],
    pub status: &'a StatusRules,
    pub band: &'a TargetBand,
    /// The levels of the organisation that are reported.
    pub levels: &'a [Level],
    pub focus: Option<Period>,
}

/// All deviations: figures by metric, unit and length of period, then weeks, budget lines and reported issues.
pub fn compute(facts: &Facts, analyses: &Analyses<'_>) -> Vec<Deviation> {
    let mut causes = Causes { facts, bridges: analyses.bridges, shortfalls: analyses.shortfalls, gaps: HashMap::new() };
    let mut deviations = of_figures(facts, analyses, &mut causes);
    deviations.extend(of_prior_year(facts, analyses, &mut causes));
    deviations.extend(of_weeks(facts, analyses));
    deviations.extend(of_budget(facts, analyses));
    deviations.extend(of_coverage(facts, analyses));
    deviations.extend(of_tasks(facts, analyses));
    deviations.extend(of_issues(facts));
    deviations
}

/// Attainment of the last month begun, and of the focus period where that is longer.
fn of_figures(facts: &Facts, analyses: &Analyses<'_>, causes: &mut Causes<'_>) -> Vec<Deviation> {
    let mut by_figure: BTreeMap<(usize, Unit), BTreeMap<Period, &Attainment>> = BTreeMap::new();
    for figure in analyses.attainment.iter().filter(|figure| is_reported(analyses, figure.unit)) {
        by_figure.entry((figure.metric, figure.unit)).or_default().insert(figure.period, figure);
    }
    let mut kinds = vec![Kind::Month];
    kinds.extend(analyses.focus.map(|focus| focus.kind).filter(|kind| *kind != Kind::Month));
    let mut deviations = Vec::new();
    for ((metric, unit), figures) in &by_figure {
        for kind in &kinds {
            let of_kind: Vec<&Attainment> =
                figures.values().copied().filter(|figure| figure.period.kind == *kind).collect();
            let Some(last) = of_kind.last().copied().filter(|last| is_current(facts, last.period)) else { continue };
            let Some(rule) = rule_of(facts, last, analyses.status) else { continue };
            let holds = |figure: &&&Attainment| rule_of(facts, figure, analyses.status) == Some(rule);
            let in_a_row: Vec<&&Attainment> = of_kind.iter().rev().take_while(holds).collect();
            let first = in_a_row.last().map_or(last, |first| **first);
            let base = if last.accumulates() { Some(last.due) } else { last.target.value() };
            let variance = last.planned_actual.zip(base).map(|(actual, base)| actual - base);
            let ratio = variance.zip(base).and_then(|(variance, base)| variance.ratio_to(base.abs()));
            deviations.push(Deviation {
                rule,
                subject: Subject::Figure { metric: *metric, unit: *unit },
                when: When::Period(last.period),
                since: When::Period(first.period),
                n_periods: u32::try_from(in_a_row.len()).unwrap_or(u32::MAX),
                base,
                actual: last.planned_actual,
                variance,
                variance_ratio: if last.is_rate { None } else { ratio },
                is_rate: last.is_rate,
                status: last.status(&analyses.status.of(&facts.metrics[*metric])),
                causes: if rule == Rule::NoActual { Vec::new() } else { causes.of(last, Base::Plan) },
            });
        }
    }
    deviations
}

/// Whether a unit has deviations of its own: seats are parts of people.
fn is_reported(analyses: &Analyses<'_>, unit: Unit) -> bool {
    let is_of_level = || analyses.levels.iter().any(|level| level.has(unit));
    !matches!(unit, Unit::Seat(_)) && (unit.is_offering() || is_of_level())
}

/// Whether a period is the one in progress or the last one that is over.
fn is_current(facts: &Facts, period: Period) -> bool {
    let span = facts.calendar.span(period);
    let next = span.last.succ_opt().map(|day| facts.calendar.containing(period.kind, day));
    let next_ends = next.map_or(span.last, |next| facts.calendar.span(next).last);
    span.first <= facts.scope.as_of && facts.scope.as_of < next_ends
}

fn rule_of(facts: &Facts, figure: &Attainment, rules: &StatusRules) -> Option<Rule> {
    if figure.reason == Some(Reason::NoActual)
        && figure.is_complete()
        && figure.target.value().is_some_and(|target| !target.is_zero())
    {
        return Some(Rule::NoActual);
    }
    let own_rules = rules.of(&facts.metrics[figure.metric]);
    if !matches!(figure.status(&own_rules), Status::Behind | Status::Critical) {
        return None;
    }
    let base = if figure.accumulates() { figure.due } else { figure.target.value()? };
    let is_material =
        variance::is_material(figure.planned_actual? - base, Some(base), facts.metrics[figure.metric].materiality);
    is_material.then_some(Rule::BehindPace)
}

/// What has no target, and is materially worse than the year before in the focus period.
fn of_prior_year(facts: &Facts, analyses: &Analyses<'_>, causes: &mut Causes<'_>) -> Vec<Deviation> {
    let Some(focus) = analyses.focus else { return Vec::new() };
    let is_worse = |variance: &&Variance| {
        variance.base == Base::PriorYear
            && variance.period == focus
            && variance.is_material
            && variance.impact == Impact::Adverse
            && facts.plans.get(variance.metric, variance.unit, focus).full.is_nothing()
            && is_reported(analyses, variance.unit)
            && !matches!(variance.unit, Unit::Customer(_))
    };
    let deviation = |found: &Variance| {
        let is_same = |figure: &&Attainment| {
            (figure.metric, figure.unit, figure.period) == (found.metric, found.unit, found.period)
        };
        let causes = analyses.attainment.iter().find(is_same).map(|figure| causes.of(figure, Base::PriorYear));
        Deviation {
            rule: Rule::WorseThanPriorYear,
            subject: Subject::Figure { metric: found.metric, unit: found.unit },
            when: When::Period(focus),
            since: When::Period(focus),
            n_periods: 1,
            base: found.base_value,
            actual: found.actual,
            variance: Some(found.amount),
            variance_ratio: found.ratio(),
            is_rate: found.is_rate,
            status: Status::Behind,
            causes: causes.unwrap_or_default(),
        }
    };
    analyses.variances.iter().filter(is_worse).map(deviation).collect()
}

/// The last week that is over, where it is a signal on the bad side.
fn of_weeks(facts: &Facts, analyses: &Analyses<'_>) -> Vec<Deviation> {
    let mut deviations = Vec::new();
    for weeks in analyses.weeks.chunk_by(|a, b| (a.metric, a.unit) == (b.metric, b.unit)) {
        let over: Vec<&WeekFigure> = weeks.iter().filter(|week| week.is_over).collect();
        let Some(last) = over.last() else { continue };
        let bad = match facts.metrics[last.metric].polarity {
            crate::metric::Polarity::HigherBetter => Signal::Below,
            crate::metric::Polarity::LowerBetter => Signal::Above,
            crate::metric::Polarity::Neutral => continue,
        };
        // A week long ago is no news.
        let is_recent = (facts.scope.as_of - last.last_day()).num_days() < 14;
        let is_recent = is_recent && is_reported(analyses, last.unit);
        let (Some(limits), true) = (last.limits, is_recent && last.signal() == Some(bad)) else { continue };
        let in_a_row: Vec<&&WeekFigure> = over.iter().rev().take_while(|week| week.signal() == Some(bad)).collect();
        let first = in_a_row.last().map_or(*last, |first| **first);
        let span = |week: &WeekFigure| When::Week(Span { first: week.first_day, last: week.last_day() });
        let actual = last.actual.value();
        let variance = actual.map(|actual| actual - limits.mean);
        deviations.push(Deviation {
            rule: Rule::OutsideLimits,
            subject: Subject::Figure { metric: last.metric, unit: last.unit },
            when: span(last),
            since: span(first),
            n_periods: u32::try_from(in_a_row.len()).unwrap_or(u32::MAX),
            base: Some(limits.mean),
            actual,
            variance,
            variance_ratio: variance.and_then(|variance| variance.ratio_to(limits.mean.abs())),
            is_rate: false,
            status: Status::Behind,
            causes: vec![Cause::Limits {
                mean: limits.mean,
                limit: if bad == Signal::Below { limits.lower } else { limits.upper },
            }],
        });
    }
    deviations
}

/// Budget lines off their pace, in the year that the as-of day lies in.
fn of_budget(facts: &Facts, analyses: &Analyses<'_>) -> Vec<Deviation> {
    let deviation = |(line, figures): (usize, &BudgetFigures)| Deviation {
        rule: Rule::Budget,
        subject: Subject::Line(line),
        when: When::Period(figures.period),
        since: When::Period(figures.period),
        n_periods: 1,
        base: Some(figures.due),
        actual: figures.actual.value(),
        variance: figures.actual.value().map(|actual| actual - figures.due),
        variance_ratio: figures.actual.value().and_then(|actual| (actual - figures.due).ratio_to(figures.due.abs())),
        is_rate: false,
        status: figures.status(analyses.status, analyses.band),
        causes: Vec::new(),
    };
    let is_off = |(_, figures): &(usize, &BudgetFigures)| {
        figures.period.kind == Kind::Year
            && is_current(facts, figures.period)
            && matches!(figures.status(analyses.status, analyses.band), Status::Behind | Status::Critical)
    };
    let line_of = |figures| match figures {
        figures @ &BudgetFigures { scope: Scope::Line(line), .. } => Some((line, figures)),
        _ => None,
    };
    analyses.budget.iter().filter_map(line_of).filter(is_off).map(deviation).collect()
}

/// Open deals that cover less than this many times what is left of a target are too few: of two or three deals about
/// one is won.
pub const THIN_COVERAGE: i64 = 2;

/// Units whose open deals cover too little of what is left of their sales target in the focus period.
fn of_coverage(facts: &Facts, analyses: &Analyses<'_>) -> Vec<Deviation> {
    let (Some(focus), Some(metric)) = (analyses.focus, facts.metrics.position("sales_amount")) else {
        return Vec::new();
    };
    // After the period there is nothing left to win.
    if facts.calendar.span(focus).last <= facts.scope.as_of {
        return Vec::new();
    }
    let thin = |figures: &DealFigures| {
        let is_thin = figures.coverage_remaining.is_some_and(|coverage| coverage < Amount::whole(THIN_COVERAGE));
        if figures.period != Some(focus) || !is_thin || !is_reported(analyses, figures.unit) {
            return None;
        }
        let needed = figures.remaining_target? * Amount::whole(THIN_COVERAGE);
        let variance = figures.open_value? - needed;
        Some(Deviation {
            rule: Rule::ThinCoverage,
            subject: Subject::Figure { metric, unit: figures.unit },
            when: When::Period(focus),
            since: When::Period(focus),
            n_periods: 1,
            base: Some(needed),
            actual: figures.open_value,
            variance: Some(variance),
            variance_ratio: variance.ratio_to(needed.abs()),
            is_rate: false,
            status: Status::AtRisk,
            causes: Vec::new(),
        })
    };
    analyses.deals.iter().filter_map(thin).collect()
}

/// Tasks that are late and not done.
fn of_tasks(facts: &Facts, analyses: &Analyses<'_>) -> Vec<Deviation> {
    let late = |figures: &MilestoneFigures| {
        let task = &facts.milestones[figures.milestone];
        let due = task.due.filter(|_| matches!(figures.standing, Standing::SlightlyLate | Standing::Late))?;
        Some(Deviation {
            rule: Rule::LateTask,
            subject: Subject::Task(figures.milestone),
            when: When::Day(due),
            since: When::Day(due),
            n_periods: 1,
            base: None,
            actual: None,
            variance: None,
            variance_ratio: None,
            is_rate: false,
            status: figures.status(),
            causes: vec![Cause::DaysLate(figures.days_late.unwrap_or(0))],
        })
    };
    analyses.milestones.iter().filter_map(late).collect()
}

/// What employees reported up to the as-of day.
fn of_issues(facts: &Facts) -> Vec<Deviation> {
    let deviation = |(position, issue): (usize, &crate::facts::issues::Issue)| Deviation {
        rule: Rule::Reported,
        subject: Subject::Issue(position),
        when: When::Day(issue.day.unwrap_or(facts.scope.as_of)),
        since: When::Day(issue.day.unwrap_or(facts.scope.as_of)),
        n_periods: 1,
        base: None,
        actual: None,
        variance: None,
        variance_ratio: None,
        is_rate: false,
        status: Status::AtRisk,
        causes: Vec::new(),
    };
    facts.issues.iter().enumerate().map(deviation).collect()
}

/// Causes, with what they are found in computed once.
struct Causes<'a> {
    facts: &'a Facts,
    bridges: &'a [Bridge],
    shortfalls: &'a [Shortfall],
    gaps: HashMap<(usize, Base, Period), Option<Gaps>>,
}

impl Causes<'_> {
    fn of(&mut self, figure: &Attainment, base: Base) -> Vec<Cause> {
        let mut causes = Vec::new();
        let path = self.path(figure, base).or_else(|| self.path(figure, Base::PriorYear));
        causes.extend(path.map(Cause::Path));
        causes.extend(self.bridge(figure));
        causes.extend(self.shortfall(figure));
        if figure.n_unreadable() > 0 {
            causes.push(Cause::Unreadable(figure.n_unreadable()));
        }
        causes
    }

    fn path(&mut self, figure: &Attainment, base: Base) -> Option<Path> {
        if !figure.accumulates() {
            return None;
        }
        let key = (figure.metric, base, figure.period);
        let facts = self.facts;
        let gaps = self.gaps.entry(key).or_insert_with(|| Gaps::new(facts, figure.metric, base, figure.period));
        let path = gaps.as_ref()?.path(figure.unit)?;
        // Against the year before a path only explains what is worse than then, too.
        let is_adverse = path.gap.is_negative() == (figure.polarity == crate::metric::Polarity::HigherBetter);
        (is_adverse && !path.steps.is_empty()).then_some(path)
    }

    /// What made the result of a chain of factors miss its base.
    fn shortfall(&self, figure: &Attainment) -> Option<Cause> {
        let is_same = |shortfall: &&Shortfall| {
            let is_result = shortfall.result == Quantity::Metric(figure.metric);
            is_result && (shortfall.unit, shortfall.period) == (figure.unit, figure.period)
        };
        let found = self.shortfalls.iter().filter(is_same).min_by_key(|shortfall| shortfall.base)?;
        (found.gap().is_negative() && found.largest().is_some()).then(|| Cause::Shortfall(found.clone()))
    }

    /// The effects of a unit's sales, against plan where it was planned by item, else against the year before.
    fn bridge(&self, figure: &Attainment) -> Option<Cause> {
        if self.facts.metrics[figure.metric].key != "sales_amount" {
            return None;
        }
        [Base::Plan, Base::PriorYear].into_iter().find_map(|base| {
            let is_same =
                |bridge: &&Bridge| (bridge.base, bridge.unit, bridge.period) == (base, figure.unit, figure.period);
            let mut found = self.bridges.iter().filter(is_same).peekable();
            found.peek()?;
            let mut all = Effects::default();
            found.for_each(|bridge| all.add(&bridge.effects));
            Some(Cause::Bridge(base, all))
        })
    }
}
