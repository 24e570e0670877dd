//! Tables joined and checked: who belongs where, what was planned, what was done.
//!
//! From here on there are ids and exact numbers; places are kept only for problems about
//! them. What comes after cannot fail.

pub mod budgets;
pub mod checks;
pub mod crossings;
pub mod deals;
pub mod issues;
pub mod ledger;
pub mod milestones;
pub mod monitoring;
pub mod planned;
pub mod readers;
mod repeated;
pub mod roster;
pub mod smart;
pub mod sources;
pub mod stages;

use chrono::NaiveDate;

use crate::metric::{Metrics, NegativeTarget};
use crate::period::{Calendar, Scope, Span};
use crate::problem::{Checked, Kind, Problem};
use crate::tables::FileTables;
use crate::tables::targets::TargetRow;

pub use self::budgets::{Budgets, Phasing};
pub use self::deals::Deals;
pub use self::issues::Issue;
pub use self::ledger::{Control, Ledger};
pub use self::milestones::Milestone;
pub use self::monitoring::Monitored;
pub use self::planned::{Planned, Plans};
pub use self::roster::{Unit, Units};
pub use self::sources::Sources;
pub use self::stages::StageCounts;

/// Choices that decide how facts are joined and compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct JoinRules {
    pub manager_target: ManagerTarget,
    pub region_by: RegionBy,
    /// First day of plans whose weeks are counted; nothing to take it from the plan itself.
    pub plan_start: Option<NaiveDate>,
    pub negative_target: NegativeTarget,
    pub phasing: Phasing,
}

/// A level of the organisation that reports can show.
#[derive(Clone, Copy, Debug, Eq, PartialEq, schemars::JsonSchema, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Company,
    Region,
    Team,
    Person,
}

impl Level {
    pub const ALL: [Level; 4] = [Level::Company, Level::Region, Level::Team, Level::Person];

    pub fn key(self) -> &'static str {
        match self {
            Level::Company => "company",
            Level::Region => "region",
            Level::Team => "team",
            Level::Person => "person",
        }
    }

    /// Whether a unit is of the level; a seat is a part of a person.
    pub fn has(self, unit: Unit) -> bool {
        match self {
            Level::Company => unit == Unit::Company,
            Level::Region => matches!(unit, Unit::Region(_)),
            Level::Team => matches!(unit, Unit::Team(_)),
            Level::Person => matches!(unit, Unit::Person(_) | Unit::Seat(_)),
        }
    }
}

/// Whose target it is that a manager has.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, schemars::JsonSchema, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ManagerTarget {
    /// The manager's own: added to the others.
    #[default]
    Personal,
    /// That of the unit the manager leads: compared with its members' targets, never added.
    Team,
}

/// What decides the region of a sale.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, schemars::JsonSchema, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegionBy {
    /// Where the person is assigned on that day.
    #[default]
    Assignment,
    /// The region that the sale itself names.
    Actuals,
}

/// Everything that analyses look at.
#[derive(Debug)]
pub struct Facts {
    pub calendar: Calendar,
    pub metrics: Metrics,
    pub units: Units,
    pub plans: Plans,
    /// What finance budgeted, where it differs from the targets.
    pub budgeted: Plans,
    pub ledger: Ledger,
    pub stages: StageCounts,
    pub deals: Deals,
    pub budgets: Budgets,
    /// What employees reported, in input order.
    pub issues: Vec<Issue>,
    /// Tasks of plans, in the order of the files.
    pub milestones: Vec<Milestone>,
    /// What is monitored, in the order of the files.
    pub monitored: Vec<Monitored>,
    /// Days that the facts cover: from the first actual or target to the last.
    pub span: Option<Span>,
    pub scope: Scope,
    pub rules: JoinRules,
}

/// Joins the tables of all files, in the files' order. What figures are made of is kept where it is asked for.
pub fn join(
    files: Vec<FileTables>,
    metrics: Metrics,
    stages: &[String],
    calendar: Calendar,
    (scope, rules): (Scope, JoinRules),
    kept: Option<&mut Option<Sources>>,
) -> Checked<Facts> {
    let mut problems = Vec::new();
    let (mut team, mut targets, mut funnel, mut chunks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut deals, mut budget, mut spend, mut issues) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut plan, mut monitoring) = (Vec::new(), Vec::new());
    for file in files {
        deals.extend(file.deals);
        budget.extend(file.budget);
        spend.extend(file.spend);
        issues.extend(file.issues);
        plan.extend(file.plan);
        monitoring.extend(file.monitoring);
        team.extend(file.team);
        targets.extend(file.targets);
        funnel.extend(file.funnel);
        chunks.extend(file.actuals);
    }
    let mut units = roster::build(&team, &targets, &chunks, &funnel, &deals, &mut problems);
    let (targets, budgeted_rows) = apart(targets);
    let typed_budget = planned::resolve(&budgeted_rows, &mut units, &metrics, &calendar, rules, &mut problems);
    let typed = planned::resolve(&targets, &mut units, &metrics, &calendar, rules, &mut problems);
    let ledger = ledger::post(&chunks, &mut units, &metrics, &calendar, scope, rules, &mut problems);
    // Everybody who sold is known by now: the same rows go to the same seats again.
    let posted = kept.is_some().then(|| (units.clone(), typed.clone(), typed_budget.clone()));
    let deals = deals::post(&deals, stages, &mut units, scope, rules, &mut problems);
    let issues = issues::post(&issues, &mut units, &metrics, scope, &mut problems);
    let milestones = milestones::post(&plan, rules.plan_start, &calendar, &mut problems);
    let monitored = monitoring::post(&monitoring, &metrics);
    let budgets = budgets::post(&budget, &spend, &calendar, scope, rules.phasing, &mut problems);
    let stages = stages::post(&funnel, stages, &mut units, scope, &mut problems);
    units.settle();
    let bounds = [typed.span(&calendar), ledger.span(&calendar), stages.span()];
    let around = |a: Span, b: Span| Span { first: a.first.min(b.first), last: a.last.max(b.last) };
    let span = bounds.into_iter().flatten().reduce(around);
    // Deals and budgets have periods of their own; they decide the report's only where nothing else does.
    let span = span.or_else(|| [deals.span(), budgets.span(&calendar)].into_iter().flatten().reduce(around));
    let plans = planned::roll_up(typed, &units, &metrics, &calendar, span, scope.as_of, &mut problems);
    let budgeted = planned::roll_up(typed_budget, &units, &metrics, &calendar, span, scope.as_of, &mut problems);
    note_targets_missing(&ledger, &plans, &units, &metrics, &calendar, scope.as_of, &mut problems);
    note_holidays(&calendar, span, scope.as_of, &mut problems);
    let joined = checks::Joined {
        team: &team,
        targets: &targets,
        funnel: &funnel,
        chunks: &chunks,
        goals: checks::goals(&targets, &mut units, &metrics, rules),
        seats: checks::seats_by_person(&units),
        units: &units,
        ledger: &ledger,
        plans: &plans,
        metrics: &metrics,
        calendar: &calendar,
        scope,
    };
    checks::find(&joined, &mut problems);
    if let (Some(kept), Some((units, typed, of_budget))) = (kept, posted) {
        let stated = sources::stated(targets.iter().chain(&budgeted_rows));
        *kept = Some(Sources { units, chunks, typed, budgeted: of_budget, stated });
    }
    Checked {
        value: Facts {
            calendar,
            metrics,
            units,
            plans,
            budgeted,
            ledger,
            stages,
            deals,
            budgets,
            issues,
            milestones,
            monitored,
            span,
            scope,
            rules,
        },
        problems,
    }
}

/// Targets, and finance's budgets beside them. A metric's budget is its plan where it has no target.
fn apart(rows: Vec<TargetRow>) -> (Vec<TargetRow>, Vec<TargetRow>) {
    let planned: std::collections::BTreeSet<String> =
        rows.iter().filter(|row| !row.is_budget).map(|row| row.metric.clone()).collect();
    rows.into_iter().partition(|row| !row.is_budget || !planned.contains(&row.metric))
}

/// People who sold in a year in which others had a target and they had none.
fn note_targets_missing(
    ledger: &Ledger,
    plans: &Plans,
    units: &Units,
    metrics: &Metrics,
    calendar: &Calendar,
    as_of: NaiveDate,
    problems: &mut Vec<Problem>,
) {
    let year = calendar.containing(crate::period::Kind::Year, as_of);
    let Some(metric) = metrics.position("sales_amount") else { return };
    if plans.get(metric, Unit::Company, year).full.is_nothing() {
        return;
    }
    for person in units.people_ids() {
        let planned = plans.get(metric, Unit::Person(person), year);
        let actual = ledger.sum(metric, &units.seats_of(Unit::Person(person)), &calendar.months(year), true);
        let has_people = plans.has_level(metric, units, year);
        if has_people
            && planned.full.is_nothing()
            && let (Some(amount), Some(name), Some(at)) =
                (actual.value(), units.person(person).name(), ledger.first_seen(person))
        {
            let kind = Kind::ActualWithoutTarget { name: name.to_string() };
            problems.push(Problem::new(at.clone(), kind).worth(Some(amount)));
        }
    }
}

/// Years of the report for which the chosen holiday table says nothing.
fn note_holidays(calendar: &Calendar, span: Option<Span>, as_of: NaiveDate, problems: &mut Vec<Problem>) {
    use chrono::Datelike;
    let last = span.map_or(as_of.year(), |span| span.last.year()).min(as_of.year());
    let first = span.map_or(last, |span| span.first.year()).max(as_of.year() - 1).min(last);
    for year in (first..=last).filter(|year| calendar.work_days.is_unknown_year(*year)) {
        let at = crate::cell::CellRef::file(&"attain.toml".into());
        problems.push(Problem::new(at, Kind::UnknownHolidayYear { year }));
    }
}
