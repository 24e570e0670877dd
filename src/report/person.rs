//! People: everyone's targets and results of the focus period, ranked by attainment.

use crate::analysis::attainment::Attainment;
use crate::facts::Unit;
use crate::measure::Amount;

use super::comparison::Columns;
use super::{Block, Column, Findings, Item, Line, LineRole, Look, Page, Scenario, points};

/// Columns that formulas refer to.
const COLUMNS: Columns = Columns { plan: 5, actual: 6, delta: 7 };

pub fn build(findings: &Findings<'_>) -> Option<Page> {
    let is_shown = |figure: &&Attainment| {
        matches!(figure.unit, Unit::Person(_))
            && Some(figure.period) == findings.focus
            && findings.shows(figure.unit)
            && !figure.target.is_nothing()
    };
    let figures: Vec<&Attainment> = findings.attainment.iter().filter(is_shown).collect();
    let blocks: Vec<Block> =
        figures.chunk_by(|a, b| a.metric == b.metric).map(|people| block(findings, people.to_vec())).collect();
    let first = figures.first()?;
    let reached =
        |figure: &&&Attainment| figure.metric == first.metric && figure.lead().is_some_and(|l| !l.is_negative());
    let message = findings.lang.say(
        "message.person",
        &[
            ("metric", &findings.metric_name(first.metric)),
            ("reached", &figures.iter().filter(reached).count().to_string()),
            ("people", &figures.iter().filter(|figure| figure.metric == first.metric).count().to_string()),
        ],
    );
    Some(Page {
        key: "person",
        number: 3,
        message,
        titles: findings.titles(findings.focus, findings.legend()),
        blocks,
        worst: figures.iter().map(|figure| findings.status_of(figure)).min(),
        frozen_columns: 2,
    })
}

/// One metric: those without an attainment last.
fn block(findings: &Findings<'_>, mut people: Vec<&Attainment>) -> Block {
    people.sort_by_key(|figure| (std::cmp::Reverse(figure.ratio()), figure.unit));
    let look = findings.look(people[0].metric);
    // Equal attainment shares a rank, and the next one counts all before it: 1, 2, 2, 4.
    let rank = |figure: &Attainment| {
        let better = people.iter().filter(|other| other.ratio() > figure.ratio()).count();
        figure.ratio().map(|_| Amount::whole(i64::try_from(better + 1).unwrap_or(i64::MAX)))
    };
    let line = |figure: &&Attainment| {
        let comparison = findings.comparison(figure, &COLUMNS);
        let [team, region] = homes(findings, figure.unit);
        let id = match figure.unit {
            Unit::Person(person) => findings.facts.units.person(person).id.clone().unwrap_or_default(),
            _ => String::new(),
        };
        Line {
            role: LineRole::Detail,
            depth: 0,
            items: vec![
                Item::number(rank(figure), Look::Amount(0)),
                Item::text(findings.unit_name(figure.unit)),
                Item::text(id),
                Item::text(team),
                Item::text(region),
                Item::tally(&figure.target, look),
                Item::tally(&figure.actual, look),
                comparison.delta,
                comparison.attainment,
                Item::number(figure.pace(), Look::Percent),
                Item::number(points(figure.lead()), Look::Points),
                comparison.prior_percent,
                Item::number(figure.required_per_day(), look),
                Item::number(figure.forecast.map(|forecast| forecast.value), look),
                findings.status_item(findings.status_of(figure)),
                Item::text(findings.note(figure)),
            ],
        }
    };
    let lines = people.iter().map(line).collect();
    let word = |key: &str| findings.word(key);
    let columns = vec![
        Column::new(word("head.rank")),
        Column::new(word("head.name")),
        Column::new(word("head.person_id")),
        Column::new(word("level.team")),
        Column::new(word("level.region")),
        Column::new(word("head.pl")).of(Scenario::Plan),
        Column::new(word("head.ac")).of(Scenario::Actual),
        Column::new(word("head.delta_pl")),
        Column::new(word("head.attainment")).with_bars(),
        Column::new(word("head.pace")),
        Column::new(word("head.lead")),
        Column::new(word("head.delta_py_percent")),
        Column::new(word("head.required")),
        Column::new(word("head.fc")).of(Scenario::Forecast),
        Column::new(word("head.status")),
        Column::new(word("head.note")).wrapping(),
    ];
    Block::new(findings.metric_name(people[0].metric), columns, lines)
}

/// Teams and regions in which somebody has seats.
fn homes(findings: &Findings<'_>, unit: Unit) -> [String; 2] {
    let units = &findings.facts.units;
    let (mut teams, mut regions): (Vec<Unit>, Vec<Unit>) = (Vec::new(), Vec::new());
    for seat in units.seats_of(unit) {
        let seat = units.seats()[seat as usize];
        let of_team = seat.team.and_then(|team| units.team(team).region);
        teams.extend(seat.team.map(Unit::Team).filter(|team| units.name(*team).is_some()));
        regions.extend(seat.region.or(of_team).map(Unit::Region).filter(|region| units.name(*region).is_some()));
    }
    [teams, regions].map(|mut homes| {
        homes.sort_unstable();
        homes.dedup();
        let names: Vec<String> = homes.into_iter().map(|home| findings.unit_name(home)).collect();
        names.join(findings.word("cause.comma"))
    })
}
