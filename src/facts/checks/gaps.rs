//! Days between two assignments of one person: nobody is responsible for them.

use crate::problem::{Kind, Problem};
use crate::tables::actuals::PersonName;

use super::super::roster::Found;
use super::Joined;

pub fn find(joined: &Joined<'_>, problems: &mut Vec<Problem>) {
    for person in joined.units.people_ids() {
        for three in joined.units.stints(person).windows(3) {
            let [before, gap, after] = three else { continue };
            if !gap.outside || before.outside || after.outside {
                continue;
            }
            // From Friday to Monday nothing is missing.
            if joined.calendar.work_days.count(gap.span) == 0 {
                continue;
            }
            let is_next = |row: &&crate::tables::team::TeamRow| {
                let wanted = PersonName { id: row.person_id.clone(), name: row.person.clone() };
                row.start == Some(after.span.first)
                    && matches!(joined.units.find(&wanted), Found::Person(found) if found == person)
            };
            let Some(row) = joined.team.iter().find(is_next) else { continue };
            let name = joined.units.person(person).name().unwrap_or("").to_string();
            let kind = Kind::AssignmentGap { name, first: gap.span.first.to_string(), last: gap.span.last.to_string() };
            problems.push(Problem::new(row.at.clone(), kind));
        }
    }
}
