//! `attain template`: blank input workbooks.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::publish::{Output, Stop, write_all};
use crate::render::template;
use crate::tables::{TABLES, TableSpec};
use crate::text::Lang;

use super::{CommandResult, LangArgument};

#[derive(Args, Debug)]
pub(super) struct TemplateArguments {
    #[arg(value_name = "TABLE")]
    table: String,
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    #[arg(long, env = "ATTAIN_LANG")]
    lang: Option<LangArgument>,
}

pub(super) fn main(arguments: &TemplateArguments, lang: Lang) -> CommandResult {
    let lang = arguments.lang.map_or(lang, Lang::from);
    let stop = |stop| (lang, stop);
    let wanted: Vec<&&TableSpec> = match arguments.table.as_str() {
        "all" => TABLES.iter().collect(),
        name => TABLES.iter().filter(|table| table.key == name).collect(),
    };
    if wanted.is_empty() {
        let names: Vec<&str> = TABLES.iter().map(|table| table.key).chain(["all"]).collect();
        let arguments = [("name", arguments.table.as_str()), ("names", &names.join(", "))];
        return Err(stop(Stop::Usage(lang.say("usage.unknown_table", &arguments))));
    }
    let outputs = wanted.iter().map(|table| {
        let bytes = template::render(table, &[], lang).map_err(Stop::Output)?;
        Ok(Output { path: template::file_name(table, lang), bytes })
    });
    let outputs = outputs.collect::<Result<Vec<Output>, Stop>>().map_err(stop)?;
    let existing = outputs.iter().map(|output| arguments.out.join(&output.path)).find(|path| path.exists());
    if let Some(path) = existing {
        let message = lang.say("usage.exists", &[("path", &path.display().to_string())]);
        return Err(stop(Stop::Usage(message)));
    }
    write_all(&arguments.out, &outputs).map_err(stop)?;
    for output in outputs {
        let path = arguments.out.join(output.path).display().to_string();
        let _ = writeln!(std::io::stdout(), "{}", lang.say("cli.written", &[("path", &path)]));
    }
    Ok(0)
}
