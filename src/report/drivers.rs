//! Drivers: from the company's gap to the few members that explain most of it, a block of the variance page.

use crate::analysis::drivers::{Member, Path};
use crate::facts::Unit;

use super::{Block, Column, Findings, Item, Line, LineRole, Look, Scenario};

/// Nothing where no member stands out anywhere.
pub fn block(findings: &Findings<'_>) -> Option<Block> {
    let paths: Vec<&Path> = findings.drivers.iter().filter(|path| !path.steps.is_empty()).collect();
    if paths.is_empty() {
        return None;
    }
    let mut lines = Vec::new();
    for path in paths {
        let heading = findings.lang.say(
            "drivers.heading",
            &[
                ("metric", &findings.metric_name(path.metric)),
                ("base", findings.word(&format!("base.{}", path.base.code().to_lowercase()))),
                ("gap", &findings.signed(path.gap, findings.look(path.metric))),
                ("path", &trail(findings, path)),
            ],
        );
        lines.push(Line { role: LineRole::Group, depth: 0, items: vec![Item::text(heading)] });
        for (depth, step) in (0u8..).zip(&path.steps) {
            for (index, member) in step.named.iter().enumerate() {
                lines.push(line(findings, path, member, depth, index == 0));
            }
        }
    }
    let word = |key: &str| findings.word(key);
    let columns = vec![
        Column::new(word("head.level")),
        Column::new(word("head.unit")),
        Column::new(word("head.base")).of(Scenario::Plan),
        Column::new(word("head.ac")).of(Scenario::Actual),
        Column::new(word("head.delta")),
        Column::new(word("head.share_of_parent")),
        Column::new(word("head.share_of_gap")),
    ];
    Some(Block::new(word("block.drivers"), columns, lines))
}

fn line(findings: &Findings<'_>, path: &Path, member: &Member, depth: u8, is_followed: bool) -> Line {
    let look = findings.look(path.metric);
    Line {
        role: if is_followed { LineRole::Subtotal } else { LineRole::Detail },
        depth,
        items: vec![
            Item::text(findings.level_name(member.unit)),
            Item::text(findings.unit_name(member.unit)),
            Item::number(member.base, look),
            Item::number(member.actual, look),
            Item::number(Some(member.variance), look.delta()),
            Item::number(member.share_of_parent, Look::Percent),
            Item::number(member.share_of_gap, Look::Percent),
        ],
    }
}

/// The members that are followed: North › Team A › Ann Lee.
fn trail(findings: &Findings<'_>, path: &Path) -> String {
    let followed = path.steps.iter().map(|step| findings.unit_name(step.named[0].unit));
    std::iter::once(findings.unit_name(Unit::Company)).chain(followed).collect::<Vec<_>>().join(" › ")
}
