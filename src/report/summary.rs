//! The first page: one sentence, the key figures, who matters, how far the data can be trusted.

use std::collections::HashSet;

use crate::analysis::attainment::Attainment;
use crate::analysis::bridge::{Bridge, Effects};
use crate::analysis::pacing::Status;
use crate::analysis::shortfall::Quantity;
use crate::analysis::variance::{Base, Impact, Variance};
use crate::facts::Unit;
use crate::measure::Amount;
use crate::metric::Unit as MetricUnit;
use crate::problem::{Problem, Severity};

use super::comparison::Columns;
use super::subject::{Link, Meaning, Subject};
use super::{
    Block, Chart, ChartKind, Column, Findings, Formula, Item, Line, LineRole, Look, Outcome, Page, Scenario, Tone,
    points, sheet_name,
};

/// Members shown on each side.
const MOST_MEMBERS: usize = 5;

pub fn build(findings: &Findings<'_>) -> Option<Page> {
    let figures: Vec<&Attainment> = findings
        .attainment
        .iter()
        .filter(|figure| figure.unit == Unit::Company && Some(figure.period) == findings.focus)
        .collect();
    let mut blocks = Vec::new();
    if !figures.is_empty() {
        blocks.push(key_figures(findings, &figures));
        blocks.extend(parts(findings, figures[0].metric));
        blocks.extend(super::waterfall::block(findings, figures[0].metric));
        blocks.extend(members(findings, figures[0].metric));
    }
    blocks.extend(overdue(findings));
    // Of the files a reader of a pack knows nothing.
    blocks.extend(findings.facts.units.split().is_none().then(|| trust(findings)));
    let worst = figures.iter().map(|figure| findings.status_of(figure)).min();
    Some(Page {
        key: "summary",
        number: 1,
        message: message(findings, &figures).trim().to_string(),
        titles: findings.titles(findings.focus, findings.legend()),
        blocks,
        worst,
        frozen_columns: 0,
    })
}

/// What, how much, against pace, and by whom, in one sentence.
fn message(findings: &Findings<'_>, figures: &[&Attainment]) -> String {
    let Some(main) = figures.first() else { return findings.word("message.no_figures").to_string() };
    let percent = |ratio: Amount| format!("{}%", (ratio * Amount::whole(100)).grouped(1));
    let period = findings.period_words(main.period);
    let metric = findings.metric_name(main.metric);
    let company = findings.spaced(&findings.company_name());
    let (Some(ratio), Some(lead)) = (main.ratio(), main.lead()) else {
        let note = findings.note(main);
        return findings.lang.say(
            "message.summary_none",
            &[("company", &company), ("period", &period), ("metric", &metric), ("note", &note)],
        );
    };
    let shortfalls = ranked(findings, main.metric, Impact::Adverse);
    let names: Vec<String> = shortfalls.iter().take(2).map(|variance| findings.unit_name(variance.unit)).collect();
    let by_whom = if names.is_empty() {
        String::new()
    } else {
        findings.lang.say("message.by_whom", &[("names", &findings.spaced(&names.join(findings.word("word.and"))))])
    };
    let lead_is_behind = lead.is_negative();
    let direction = if lead_is_behind { "message.behind" } else { "message.ahead" };
    let lead = (lead.abs() * Amount::whole(100)).grouped(1);
    let standing = findings.lang.say(direction, &[("points", &lead)]);
    // While parts of the period lie ahead, the plan to date is not the whole plan: say both.
    let whole = main.whole_ratio();
    let is_open = main.target != main.period_target;
    let key = if is_open && whole.is_some() { "message.summary_open" } else { "message.summary" };
    findings.lang.say(
        key,
        &[
            ("whole", &percent(whole.unwrap_or(ratio))),
            ("company", &company),
            ("period", &period),
            ("metric", &metric),
            ("attainment", &percent(ratio)),
            ("standing", &standing),
            ("by_whom", &by_whom),
            ("why", &why(findings, main, lead_is_behind)),
        ],
    )
}

/// What made most of the difference: a step of the funnel, else price, volume or mix. Nothing where nothing is known.
fn why(findings: &Findings<'_>, main: &Attainment, is_behind: bool) -> String {
    let of_chain = findings.shortfalls.iter().find(|shortfall| {
        let is_main = shortfall.result == Quantity::Metric(main.metric) && shortfall.unit == Unit::Company;
        is_main && shortfall.period == main.period && shortfall.gap().is_negative() == is_behind
    });
    let chain = of_chain.and_then(|shortfall| {
        let part = shortfall.largest()?;
        let base = findings.word(&format!("base.{}", shortfall.base.code().to_lowercase()));
        // Where others outweigh the gap, the largest of them is said, too.
        let against = shortfall.parts.iter().filter(|other| other.effect.is_negative() != is_behind);
        let offset = against.max_by_key(|other| other.effect.abs());
        let offset = offset.filter(|other| other.effect.abs() >= shortfall.gap().abs());
        let offset = offset.map(|other| (super::funnel::factor_name(findings, other.factor), other.effect));
        Some((super::funnel::factor_name(findings, part.factor), part.effect, base, offset))
    });
    let of_bridge = || effect(findings, main, is_behind).map(|(factor, effect, base)| (factor, effect, base, None));
    chain.or_else(of_bridge).map_or_else(String::new, |(factor, effect, base, offset)| {
        let look = findings.look(main.metric);
        let effect = findings.signed(effect, look);
        let why = findings.lang.say("message.why", &[("factor", &factor), ("effect", &effect), ("base", base)]);
        let offset = offset.map(|(factor, effect)| {
            let effect = findings.signed(effect, look);
            findings.lang.say("message.why_offset", &[("factor", &factor), ("effect", &effect)])
        });
        why + &offset.unwrap_or_default()
    })
}

/// The largest of the company's price, volume and mix effects in the direction of the difference.
fn effect(findings: &Findings<'_>, main: &Attainment, is_behind: bool) -> Option<(String, Amount, &'static str)> {
    if findings.metric(main.metric).key != "sales_amount" {
        return None;
    }
    [Base::Plan, Base::PriorYear].into_iter().find_map(|base| {
        let is_meant =
            |bridge: &&Bridge| (bridge.base, bridge.unit, bridge.period) == (base, Unit::Company, main.period);
        let mut all = Effects::default();
        findings.bridges.iter().filter(is_meant).for_each(|bridge| all.add(&bridge.effects));
        // What explains a rise against one base says nothing of a shortfall against another.
        if all.total().is_negative() != is_behind {
            return None;
        }
        let parts =
            [("volume", all.volume), ("mix", all.mix), ("price", all.price), ("new", all.new), ("lost", all.lost)];
        let found = parts.into_iter().filter(|(_, effect)| !effect.is_zero() && effect.is_negative() == is_behind);
        let (key, effect) = found.max_by_key(|(_, effect)| effect.abs())?;
        let factor = findings.word(&format!("effect.{key}")).to_string();
        Some((factor, effect, findings.word(&format!("base.{}", base.code().to_lowercase()))))
    })
}

/// Actions of the register that are overdue.
fn overdue(findings: &Findings<'_>) -> Option<Block> {
    let register = super::deviations::register(findings);
    let word = |key: &str| findings.word(key);
    let line = |line: &super::deviations::RegisterLine<'_>| {
        let days = line.overdue_days?;
        let id = line.id.as_deref();
        let entered = |key: &str| {
            let value = line.entry.and_then(|entry| entry.inputs.get(key));
            Item::text(value.map(|value| value.borrowed().display()).unwrap_or_default())
        };
        Some(Line {
            role: LineRole::Detail,
            depth: 0,
            items: vec![
                id.map_or(Item::Blank, |id| Item::link(id, "deviations", Subject::Deviation(id.to_string()))),
                entered("action"),
                entered("action_owner"),
                entered("action_due"),
                Item::toned(Some(Amount::whole(days)), Look::Amount(0), Tone::Bad),
            ],
        })
    };
    let lines: Vec<Line> = register.iter().filter_map(line).collect();
    if lines.is_empty() {
        return None;
    }
    let columns = vec![
        Column::new(word("head.deviation")),
        Column::new(word("head.action")),
        Column::new(word("head.action_owner")),
        Column::new(word("head.action_due")),
        Column::new(word("head.overdue_days")),
    ];
    Some(Block::new(word("block.overdue"), columns, lines))
}

const COLUMNS: Columns = Columns { plan: 3, actual: 4, delta: 9 };

fn key_figures(findings: &Findings<'_>, figures: &[&Attainment]) -> Block {
    let word = |key: &str| findings.word(key);
    let mut columns = vec![
        Column::new(word("head.metric")),
        Column::new(word("head.unit_of_measure")),
        Column::new(word("head.py")).showing(Meaning::PriorYear).of(Scenario::PriorYear),
        Column::new(word("head.pl")).showing(Meaning::Target).of(Scenario::Plan),
        Column::new(word("head.ac")).showing(Meaning::Actual).of(Scenario::Actual),
        Column::new(word("head.fc")).showing(Meaning::Forecast).of(Scenario::Forecast),
        Column::new(word("head.attainment")).showing(Meaning::Attainment).with_bars(),
        Column::new(word("head.pace")).showing(Meaning::Pace),
        Column::new(word("head.lead")).showing(Meaning::Lead),
        Column::new(word("head.delta_pl")).showing(Meaning::Delta),
        Column::new(word("head.delta_pl_percent")).showing(Meaning::DeltaPercent),
        Column::new(word("head.delta_py_percent")).showing(Meaning::DeltaPriorYearPercent),
        Column::new(word("head.period_target")).showing(Meaning::PeriodTarget).of(Scenario::Plan),
        Column::new(word("head.period_attainment")).showing(Meaning::PeriodAttainment),
    ];
    if findings.has_trend() {
        columns.push(Column::new(word("head.trend")));
    }
    columns.push(Column::new(word("head.status")));
    columns.push(Column::new(word("head.note")).wrapping());
    let lines = figures.iter().map(|figure| {
        let metric = findings.metric(figure.metric);
        let look = findings.look(figure.metric);
        let comparison = findings.comparison(figure, &COLUMNS);
        let unit = match metric.unit {
            MetricUnit::Money => format!("unit.money.{}", findings.scale.key()),
            MetricUnit::Count => "unit.count".to_string(),
            MetricUnit::Percent => "unit.percent".to_string(),
        };
        let mut items = vec![
            Item::link(findings.metric_name(figure.metric), "attainment", subject(figure)),
            Item::text(findings.word(&unit)),
            Item::number(figure.prior_year, look),
            Item::tally(&figure.target, look),
            Item::tally(&figure.actual, look),
            Item::number(figure.forecast.map(|forecast| forecast.value), look),
            comparison.attainment,
            Item::number(figure.pace(), Look::Percent),
            Item::number(points(figure.lead()), Look::Points),
            comparison.delta,
            comparison.delta_percent,
            comparison.prior_percent,
            Item::tally(&figure.period_target, look),
            Item::number(figure.whole_ratio(), Look::Percent),
        ];
        if findings.has_trend() {
            items.push(Item::sparkline(figure.metric, figure.unit));
        }
        items.push(findings.status_of_figure(figure));
        items.push(Item::text(findings.note(figure)));
        Line { role: LineRole::Detail, depth: 0, items }
    });
    let lines = lines.collect();
    let subjects = figures.iter().map(|figure| subject(figure)).enumerate().collect();
    Block::new(findings.word("block.key_figures").to_string(), columns, lines).about(subjects)
}

fn subject(figure: &Attainment) -> Subject {
    Subject::of(figure.metric, figure.unit, figure.period)
}

/// The main metric in the parts of the period: its quarters, or its months.
fn parts(findings: &Findings<'_>, metric: usize) -> Option<Block> {
    let word = |key: &str| findings.word(key);
    let parts = findings.facts.calendar.parts(findings.focus?);
    let figures = findings
        .attainment
        .iter()
        .filter(|figure| figure.unit == Unit::Company && figure.metric == metric && parts.contains(&figure.period));
    let look = findings.look(metric);
    let subjects = figures.clone().map(subject).enumerate().collect();
    let lines: Vec<Line> = figures
        .map(|figure| {
            let formula = Formula::difference(figure.is_rate, 3, 2);
            let delta = Item::difference(figure.variance(), figure.is_rate, look, Tone::Plain);
            let items = vec![
                Item::link(findings.period_words(figure.period), "attainment", subject(figure)),
                Item::number(figure.prior_year, look),
                Item::tally(&figure.target, look),
                Item::tally(&figure.actual, look),
                delta.by(Some(formula)),
                Item::number(figure.ratio(), Look::Percent),
                Item::number(figure.pace(), Look::Percent),
                findings.status_of_figure(figure),
            ];
            Line { role: LineRole::Detail, depth: 0, items }
        })
        .collect();
    if lines.is_empty() {
        return None;
    }
    let columns = vec![
        Column::new(word("head.period")),
        Column::new(word("head.py")).showing(Meaning::PriorYear).of(Scenario::PriorYear),
        Column::new(word("head.pl")).showing(Meaning::Target).of(Scenario::Plan),
        Column::new(word("head.ac")).showing(Meaning::Actual).of(Scenario::Actual),
        Column::new(word("head.delta_pl")).showing(Meaning::Delta),
        Column::new(word("head.attainment")).showing(Meaning::Attainment),
        Column::new(word("head.pace")).showing(Meaning::Pace),
        Column::new(word("head.status")),
    ];
    let title = findings.lang.say("block.parts", &[("metric", &findings.metric_name(metric))]);
    // Prior year, plan, actual: time runs from left to right, and the order is the same everywhere.
    let has_prior = lines.iter().any(|line| matches!(line.items.get(1), Some(Item::Number(_))));
    let values = if has_prior { vec![1, 2, 3] } else { vec![2, 3] };
    let chart = Chart { title: title.clone(), kind: ChartKind::Columns, axis_from: None, categories: 0, values };
    Some(Block { chart: Some(chart), ..Block::new(title, columns, lines).about(subjects) })
}

/// Members with the largest variance of one impact, at the level that says most: regions
/// if there are several, else teams, else people.
fn ranked<'a>(findings: &'a Findings<'_>, metric: usize, wanted: Impact) -> Vec<&'a Variance> {
    for level in ["region", "team", "person"] {
        let of_level: Vec<&Variance> = findings
            .variances
            .iter()
            .filter(|v| {
                v.metric == metric
                    && Some(v.period) == findings.focus
                    && v.base == Base::Plan
                    && v.unit.level() == level
                    && findings.shows(v.unit)
                    && findings.facts.units.name(v.unit).is_some()
            })
            .collect();
        if of_level.len() < 2 {
            continue;
        }
        let mut chosen: Vec<&Variance> = of_level.into_iter().filter(|v| v.impact == wanted && v.is_material).collect();
        chosen.sort_by_key(|variance| (std::cmp::Reverse(variance.amount.abs()), variance.unit));
        return chosen;
    }
    Vec::new()
}

/// People and units behind the difference: largest shortfalls, then largest gains.
fn members(findings: &Findings<'_>, metric: usize) -> Vec<Block> {
    let word = |key: &str| findings.word(key);
    let mut lines = Vec::new();
    let mut subjects = Vec::new();
    let numbers = super::deviations::Numbers::of(findings);
    for level in ["region", "team", "person"] {
        for wanted in [Impact::Adverse, Impact::Favourable] {
            let mut chosen: Vec<&Variance> = findings
                .variances
                .iter()
                .filter(|v| v.metric == metric && Some(v.period) == findings.focus && v.base == Base::Plan)
                .filter(|v| findings.facts.units.name(v.unit).is_some() && findings.shows(v.unit))
                .filter(|v| v.unit.level() == level && v.impact == wanted && v.is_material)
                .collect();
            chosen.sort_by_key(|variance| (std::cmp::Reverse(variance.amount.abs()), variance.unit));
            for variance in chosen.into_iter().take(MOST_MEMBERS) {
                let tone = findings.tone(variance.impact, variance.is_material);
                let look = findings.look(metric);
                let delta = Item::difference(Some(variance.amount), variance.is_rate, look, tone)
                    .by((!variance.is_rate).then_some(Formula::Minus(4, 3)));
                let subject = Subject::of(metric, variance.unit, variance.period);
                subjects.push((lines.len(), subject.clone()));
                lines.push(Line {
                    role: LineRole::Detail,
                    depth: 0,
                    items: vec![
                        Item::text(findings.level_name(variance.unit)),
                        Item::link(findings.unit_name(variance.unit), "attainment", subject),
                        Item::text(word(&format!("impact.{}", wanted.key()))),
                        Item::number(variance.base_value, look),
                        Item::number(variance.actual, look),
                        delta,
                        Item::toned(variance.ratio(), Look::DeltaPercent, tone),
                        Item::number(variance.contribution, Look::DeltaPercent),
                        numbers.link(metric, variance.unit, variance.period),
                    ],
                });
            }
        }
    }
    if lines.is_empty() {
        return Vec::new();
    }
    let columns = vec![
        Column::new(word("head.level")),
        Column::new(word("head.unit")),
        Column::new(word("head.impact")),
        Column::new(word("head.pl")).showing(Meaning::Target).of(Scenario::Plan),
        Column::new(word("head.ac")).showing(Meaning::Actual).of(Scenario::Actual),
        Column::new(word("head.delta_pl")).showing(Meaning::Delta),
        Column::new(word("head.delta_pl_percent")).showing(Meaning::DeltaPercent),
        Column::new(word("head.contribution")).showing(Meaning::Contribution),
        Column::new(word("head.deviation")),
    ];
    let title = findings.lang.say("block.members", &[("metric", &findings.metric_name(metric))]);
    vec![Block::new(title, columns, lines).about(subjects)]
}

/// How far the figures can be trusted: files, rows, problems.
fn trust(findings: &Findings<'_>) -> Block {
    let word = |key: &str| findings.word(key);
    let count_files = |outcome| findings.inputs.iter().filter(|input| input.outcome == outcome).count();
    let count_problems = |severity| findings.problems.iter().filter(|problem| problem.severity() == severity).count();
    let sheets = findings.inputs.iter().flat_map(|input| &input.sheets);
    let n_rows: usize = sheets.clone().map(|sheet| sheet.n_rows).sum();
    let n_used: usize = sheets.map(|sheet| sheet.n_used).sum();
    let rows = [
        ("trust.files", findings.inputs.len()),
        ("trust.files_used", count_files(Outcome::Used)),
        ("trust.rejected", count_files(Outcome::Rejected)),
        ("trust.left_out", count_files(Outcome::LeftOut)),
        ("trust.rows", n_rows),
        ("trust.rows_used", n_used),
        ("trust.errors", count_problems(Severity::Error)),
        ("trust.warnings", count_problems(Severity::Warning)),
        ("trust.infos", count_problems(Severity::Info)),
    ];
    let mut lines: Vec<Line> = Vec::new();
    lines.extend(rows.into_iter().map(|(key, count)| {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let tone = if matches!(key, "trust.rejected" | "trust.errors") && count > 0 { Tone::Bad } else { Tone::Plain };
        Line {
            role: LineRole::Detail,
            depth: 0,
            items: vec![Item::text(word(key)), Item::toned(Some(Amount::whole(count)), Look::Amount(0), tone)],
        }
    }));
    if let Some(share) = untouched(findings) {
        let items = vec![Item::text(word("trust.untouched")), Item::number(Some(share), Look::Percent)];
        lines.push(Line { role: LineRole::Detail, depth: 0, items });
    }
    let columns = vec![Column::new(word("head.item")), Column::new(word("head.count"))];
    Block::new(word("block.trust").to_string(), columns, lines)
}

/// The share of sales read that no error and no warning is about; nothing where no sales were read. Several problems of
/// one row count each: the share is no higher than this.
fn untouched(findings: &Findings<'_>) -> Option<Amount> {
    let metric = findings.facts.metrics.position("sales_amount")?;
    let read = findings.facts.ledger.controls.get(&metric)?.read;
    let sheets: HashSet<(&str, &str)> = findings
        .inputs
        .iter()
        .flat_map(|input| &input.sheets)
        .filter(|sheet| sheet.table == Some("actuals"))
        .map(|sheet| (&*sheet.place.file, &*sheet.place.sheet))
        .collect();
    let is_meant = |problem: &&Problem| {
        problem.severity() >= Severity::Warning && sheets.contains(&(&*problem.at.file, &*problem.at.sheet))
    };
    let touched: Amount =
        findings.problems.iter().filter(is_meant).filter_map(|problem| problem.amount).map(Amount::abs).sum();
    let share = (read - touched).ratio_to(read).filter(|_| read.is_positive())?;
    Some(share.max(Amount::ZERO))
}

/// Lines for those who answer for the report to sign.
fn sign_off(findings: &Findings<'_>) -> Block {
    let word = |key: &str| findings.word(key);
    let lines = ["sign_off.prepared", "sign_off.reviewed", "sign_off.approved"].map(|role| Line {
        role: LineRole::Detail,
        depth: 0,
        items: vec![Item::text(word(role)), Item::Blank, Item::Blank, Item::Blank],
    });
    let columns = vec![
        Column::new(word("head.role")),
        Column::new(word("head.name")).to_fill(&[]),
        Column::new(word("head.signature")).to_fill(&[]),
        Column::new(word("head.day")).to_fill(&[]),
    ];
    Block::new(word("block.sign_off").to_string(), columns, lines.into())
}

/// Where there is neither a target nor an actual, the summary says what the first of the other analyses does.
pub fn take_message(pages: &mut [Page], findings: &Findings<'_>) {
    let has_figures = findings.attainment.iter().any(|figure| figure.unit == Unit::Company);
    let of_others = ["budget", "funnel", "deal_alerts", "milestones"];
    let other = of_others.iter().find_map(|key| pages.iter().find(|page| page.key == *key));
    let message = other.map(|page| page.message.clone()).filter(|_| !has_figures);
    if let (Some(message), Some(summary)) = (message, pages.iter_mut().find(|page| page.key == "summary")) {
        summary.message = message;
    }
}

/// Adds to the summary what the other sheets are, with links.
pub fn add_contents(pages: &mut [Page], findings: &Findings<'_>) {
    // The figures of a pack are followed in the report, by those who have its files.
    let is_pack = findings.facts.units.split().is_some();
    let word = |key: &str| findings.word(key);
    let lines: Vec<Line> = pages
        .iter()
        .filter(|page| page.key != "summary")
        .map(|page| {
            let n_lines: usize = page.blocks.iter().map(|block| block.lines.len()).sum();
            let status = page.worst.filter(|worst| *worst != Status::NoData);
            Line {
                role: LineRole::Detail,
                depth: 0,
                items: vec![
                    Item::Link {
                        text: sheet_name(page.number, page.key, findings.lang),
                        to: Link { page: page.key, subject: None },
                    },
                    Item::number(i64::try_from(n_lines).ok().map(Amount::whole), Look::Amount(0)),
                    status.map_or(Item::Blank, |status| findings.status_item(status)),
                ],
            }
        })
        .collect();
    let Some(summary) = pages.iter_mut().find(|page| page.key == "summary") else { return };
    let columns =
        vec![Column::new(word("head.sheet")), Column::new(word("head.lines")), Column::new(word("head.worst"))];
    summary.blocks.push(Block::new(
        word(if is_pack { "block.sheets" } else { "block.contents" }).to_string(),
        columns,
        lines,
    ));
    if findings.sign_off {
        summary.blocks.push(sign_off(findings));
    }
}
