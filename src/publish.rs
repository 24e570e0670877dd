//! The disk: one run at a time per folder, and never a half-written or broken report.
//!
//! Everything is written to temporary files beside its target, synced, checked, and only
//! then renamed. Whatever fails before that leaves the previous files as they were.

pub mod file_names;

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::{NamedTempFile, TempPath};

use crate::cell::OwnedValue;
use crate::problem::{Problem, Severity};
use crate::source::content::Content;
use crate::source::limits::Limits;
use crate::source::{self, Hints, InputFile, Means, Row, SheetHead, SheetTail, Sink};
use crate::text::Lang;

/// Why a run ends without its outputs.
#[derive(Debug)]
pub enum Stop {
    /// Usage or configuration: nothing was done.
    Usage(String),
    /// No file could be used, and why: nothing was written.
    NoInput(Vec<Problem>),
    /// The output could not be written: the previous report is untouched.
    Output(String),
    /// Another run writes to the same folder.
    Locked(PathBuf),
}

/// The folder that a run writes to, held by a lock.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Whether this run made it.
    is_new: bool,
    _lock: File,
}

/// One file to write, by its path below the folder.
#[derive(Debug)]
pub struct Output {
    pub path: String,
    pub bytes: Vec<u8>,
}

/// The account of a run, written last.
pub const ACCOUNT: &str = "run.json";

/// The lock's name; with [`ACCOUNT`] or [`FINDINGS`] beside it, it marks a folder of outputs.
pub const LOCK_NAME: &str = ".attain.lock";

/// What a check writes for whoever owns the files.
pub const FINDINGS: &str = "findings.xlsx";

/// The workbook of a run.
pub const REPORT: &str = "report.xlsx";

/// The folder of workbooks for single readers.
pub const PACKS: &str = "packs";

/// The user's own workbook, filled; and one with macros, which the program passes on and never runs.
pub const FILLED: &str = "filled.xlsx";
pub const FILLED_WITH_MACROS: &str = "filled.xlsm";

/// What a run writes into its folder besides [`ACCOUNT`].
pub const OUTPUT_NAMES: [&str; 6] = [FILLED, FILLED_WITH_MACROS, FINDINGS, REPORT, PACKS, "tables"];

/// Whether a folder holds the outputs of a run: what we wrote is never read as input.
pub fn is_output_folder(path: &Path) -> bool {
    path.join(LOCK_NAME).is_file() && [ACCOUNT, FINDINGS].iter().any(|name| path.join(name).is_file())
}

/// What the last run into a folder says of itself; nothing where there is none that can be read.
pub fn read_account(folder: &Path) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(folder.join(ACCOUNT)).ok()?).ok()
}

impl Folder {
    /// Makes the folder if need be, takes its lock, and makes sure that it can be written to.
    ///
    /// # Errors
    /// [`Stop::Locked`] when another run has it, [`Stop::Output`] when it cannot be written to.
    pub fn open(path: &Path) -> Result<Self, Stop> {
        let refused = |error: std::io::Error| Stop::Output(format!("{}: {error}", path.display()));
        let is_new = !path.exists();
        std::fs::create_dir_all(path).map_err(refused)?;
        let lock_path = path.join(LOCK_NAME);
        let lock = File::options().create(true).truncate(false).write(true).open(&lock_path).map_err(refused)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Stop::Locked(lock_path)),
            Err(TryLockError::Error(error)) => return Err(refused(error)),
        }
        NamedTempFile::new_in(path).map_err(refused)?;
        Ok(Folder { path: path.to_path_buf(), is_new, _lock: lock })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes files that are not made any more; what is gone already is no failure.
    ///
    /// # Errors
    /// [`Stop::Output`] when one cannot be removed.
    pub fn remove(&self, paths: &[String]) -> Result<(), Stop> {
        for path in paths.iter().map(|path| self.path.join(path)) {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Stop::Output(format!("{}: {error}", path.display())));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes all files: see [`write_all`].
    ///
    /// # Errors
    /// [`Stop::Output`]; unless a rename itself failed midway, the folder holds what it held before.
    pub fn publish(&self, outputs: &[Output]) -> Result<(), Stop> {
        write_all(&self.path, outputs)
    }
}

impl Drop for Folder {
    /// Takes back what opening made, when nothing was written.
    fn drop(&mut self) {
        let holds_the_lock_alone = || std::fs::read_dir(&self.path).is_ok_and(|entries| entries.count() == 1);
        if self.is_new && holds_the_lock_alone() {
            // Best effort: a lock file left behind harms nobody.
            let _ = std::fs::remove_file(self.path.join(LOCK_NAME));
            let _ = std::fs::remove_dir(&self.path);
        }
    }
}

/// Writes all files: every one is complete, checked and on disk before the first is renamed.
///
/// # Errors
/// [`Stop::Output`]; unless a rename itself failed midway, the folder holds what it held before.
pub fn write_all(path: &Path, outputs: &[Output]) -> Result<(), Stop> {
    let mut ready: Vec<(TempPath, PathBuf)> = Vec::new();
    for output in outputs {
        let target = path.join(&output.path);
        let refused = |error: std::io::Error| Stop::Output(format!("{}: {error}", target.display()));
        let folder = target.parent().unwrap_or(path);
        std::fs::create_dir_all(folder).map_err(refused)?;
        let mut file = tempfile::Builder::new().prefix(".attain-").tempfile_in(folder).map_err(refused)?;
        file.write_all(&output.bytes).map_err(refused)?;
        set_mode(file.as_file()).map_err(refused)?;
        file.as_file().sync_all().map_err(refused)?;
        if [".xlsx", ".xlsm"].iter().any(|ending| output.path.ends_with(ending)) {
            check_workbook(&output.bytes).map_err(|detail| Stop::Output(format!("{}: {detail}", target.display())))?;
        }
        // What cannot be replaced is found before anything is.
        if target.is_dir() {
            return Err(Stop::Output(format!("{}: is a folder", target.display())));
        }
        ready.push((file.into_temp_path(), target));
    }
    let mut folders = Vec::new();
    for (file, target) in ready {
        file.persist(&target).map_err(|error| Stop::Output(format!("{}: {}", target.display(), error.error)))?;
        folders.extend(target.parent().map(Path::to_path_buf));
    }
    folders.dedup();
    for folder in folders {
        // A rename is on disk only when its folder is.
        File::open(&folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| Stop::Output(format!("{}: {error}", folder.display())))?;
    }
    Ok(())
}

/// Readable by the group, as other files of a shared folder are; temporary files are not.
#[cfg(unix)]
fn set_mode(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o640))
}

#[cfg(not(unix))]
fn set_mode(_: &File) -> std::io::Result<()> {
    Ok(())
}

/// Keeps what stands in one cell of a sheet.
struct OneCell {
    is_sheet: bool,
    cell: (u32, u32),
    found: Option<OwnedValue>,
}

impl Sink for OneCell {
    fn row(&mut self, row: &Row<'_>) {
        if self.is_sheet && row.index == self.cell.0 {
            self.found = row.cells().find(|cell| cell.column == self.cell.1).map(|cell| cell.value.owned());
        }
    }

    fn end(&mut self, _: SheetTail) {}
}

/// What a report that was written earlier says in a cell; nothing where it cannot be read.
pub fn read_cell(report: &Path, sheet: &str, cell: (u32, u32), limits: &Limits, program: &Path) -> Option<OwnedValue> {
    let input = InputFile { path: report.to_path_buf(), name: REPORT.into() };
    let content = Content::load(&input, limits).ok()?;
    let means = Means { limits, program, hints: Hints::default() };
    let begin = |head: SheetHead| OneCell { is_sheet: *head.place.sheet == *sheet, cell, found: None };
    let sheets = source::read(&input, &content, &means, &begin).ok()?;
    sheets.value.into_iter().find_map(|sheet| sheet.found)
}

/// Looks at no cell: that they can be read is all.
struct Unread;

impl Sink for Unread {
    fn row(&mut self, _: &Row<'_>) {}
    fn end(&mut self, _: SheetTail) {}
}

/// Reads a workbook as the next run would, so that a broken one never replaces a good one.
fn check_workbook(bytes: &[u8]) -> Result<(), String> {
    let limits = Limits { cells_per_sheet: u64::MAX, inflate_ratio: u64::MAX, ..Limits::default() };
    let means = Means { limits: &limits, program: Path::new(""), hints: Hints::default() };
    let input = InputFile { path: PathBuf::from("report.xlsx"), name: "report.xlsx".into() };
    let read = source::read(&input, &Content::held(bytes.to_vec()), &means, &|_| Unread);
    let read = read.map_err(|kind| kind.message(Lang::En))?;
    let damage = read.problems.iter().find(|problem| problem.severity() == Severity::Error);
    match damage {
        Some(problem) => Err(problem.line(Lang::En)),
        None if read.value.is_empty() => Err("the workbook has no sheets".to_string()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_finds_the_folder_locked() {
        let folder = tempfile::tempdir().unwrap();
        let first = Folder::open(folder.path()).unwrap();
        assert!(matches!(Folder::open(folder.path()), Err(Stop::Locked(_))));
        drop(first);
        assert!(Folder::open(folder.path()).is_ok());
    }

    #[test]
    fn a_broken_workbook_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let target = Folder::open(folder.path()).unwrap();
        let output = |path: &str, bytes: &[u8]| Output { path: path.to_string(), bytes: bytes.to_vec() };
        target.publish(&[output("run.json", b"{}"), output("tables/a.csv", b"a\n")]).unwrap();
        let result = target.publish(&[output("run.json", b"{\"new\":1}"), output("report.xlsx", b"not a workbook")]);
        assert!(matches!(result, Err(Stop::Output(_))));
        assert_eq!(std::fs::read(folder.path().join("run.json")).unwrap(), b"{}");
        let names: Vec<String> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().to_string())
            .filter(|name| name.starts_with(".attain-"))
            .collect();
        assert!(names.is_empty(), "{names:?}");
    }
}
