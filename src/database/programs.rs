//! Where PostgreSQL's programs are, and the account they run under.

use std::{
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Error, Result, secret};

/// Accounts that PostgreSQL may run under when the portal is root, best first.
const ACCOUNTS: [&str; 2] = ["postgres", "cordon"];

/// PostgreSQL's programs, and who runs them.
#[derive(Debug)]
pub struct Programs {
    bin: PathBuf,
    /// Set when this process is root, whom PostgreSQL refuses.
    account: Option<Account>,
}

#[derive(Clone, Copy, Debug)]
struct Account {
    uid: u32,
    gid: u32,
}

impl Programs {
    /// Looks in `CORDON_POSTGRES_BIN`, on `PATH`, and where Debian and Ubuntu keep them.
    ///
    /// # Errors
    /// Says how to install what is missing.
    pub fn find() -> Result<Self> {
        let bin = candidates().into_iter().find(|bin| bin.join("initdb").exists()).ok_or_else(|| {
            Error::Setup(
                "PostgreSQL is not installed; `make run` installs it, or set DATABASE_URL to a server \
                 of your own, or CORDON_POSTGRES_BIN to the directory that holds initdb"
                    .into(),
            )
        })?;
        // The owner of a file made now is who we are.
        let root = std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
        let account = if root {
            Some(unprivileged_account()?)
        } else {
            None
        };
        Ok(Self { bin, account })
    }

    /// A command that runs `program` as the right account.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        // The account may not be allowed where we stand.
        command.current_dir("/").env("LC_ALL", "C.UTF-8");
        if let Some(account) = self.account {
            command.uid(account.uid).gid(account.gid);
        }
        command
    }

    /// A directory that the account owns, for the cluster that belongs to `data_dir`: in
    /// there, unless the account cannot get there (a clone in `/root`, say); then under
    /// `/var/lib/cordon`, with a link to it.
    ///
    /// # Errors
    /// When neither can be made.
    pub fn home_for(&self, data_dir: &Path) -> Result<PathBuf> {
        let Some(account) = self.account else {
            return Ok(data_dir.to_owned());
        };
        let home = data_dir.join("cluster");
        let made = if reachable(data_dir, account) {
            std::fs::create_dir_all(&home)
        } else if home.is_symlink() {
            Ok(())
        } else {
            // Its name is random: a new clone at the same path has another secret, and must not
            // meet the old one's cluster.
            let name = secret::hex(&secret::random_bytes::<6>()?);
            let apart = Path::new("/var/lib/cordon").join(name);
            std::fs::create_dir_all(&apart).and_then(|()| std::os::unix::fs::symlink(&apart, &home))
        };
        made.and_then(|()| home.canonicalize())
            .and_then(|home| self.give(&home).map(|()| home))
            .map_err(|error| {
                Error::Setup(format!(
                    "{} cannot be made for PostgreSQL ({error})",
                    home.display()
                ))
            })
    }

    /// Gives a file or directory to the account, and to nobody else.
    pub fn give(&self, path: &Path) -> std::io::Result<()> {
        if let Some(account) = self.account {
            chown(path, Some(account.uid), Some(account.gid))?;
            let mode = if path.is_dir() { 0o700 } else { 0o600 };
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
        }
        Ok(())
    }
}

fn candidates() -> Vec<PathBuf> {
    let given = std::env::var_os("CORDON_POSTGRES_BIN").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    // A wrapper on PATH may be a link; initdb stands beside what it points to.
    let on_path = std::env::split_paths(&path).filter_map(|dir| {
        dir.join("postgres")
            .canonicalize()
            .ok()?
            .parent()
            .map(Path::to_owned)
    });
    let mut installed: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok())
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .collect();
    installed.sort_unstable_by_key(|(version, _)| std::cmp::Reverse(*version));
    given
        .into_iter()
        .chain(on_path)
        .chain(installed.into_iter().map(|(_, bin)| bin))
        .collect()
}

/// An account of [`ACCOUNTS`], or a new one.
fn unprivileged_account() -> Result<Account> {
    let find = || ACCOUNTS.into_iter().find_map(account_named);
    if let Some(account) = find() {
        return Ok(account);
    }
    let made = Command::new("useradd")
        .args([
            "--system",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
            ACCOUNTS[1],
        ])
        .status();
    find().ok_or_else(|| {
        Error::Setup(format!(
            "PostgreSQL does not run as root, and no account could be made for it ({}); make one \
             named cordon, or start the portal as another user",
            made.map_or_else(|error| error.to_string(), |status| status.to_string())
        ))
    })
}

fn account_named(name: &str) -> Option<Account> {
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    let mut fields = accounts
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?
        .split(':');
    let (_password, uid, gid) = (fields.next()?, fields.next()?, fields.next()?);
    Some(Account {
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
    })
}

/// True where every directory on the way lets the account pass.
fn reachable(path: &Path, account: Account) -> bool {
    path.ancestors().all(|dir| {
        std::fs::metadata(dir).is_ok_and(|found| {
            let bit = match (found.uid() == account.uid, found.gid() == account.gid) {
                (true, _) => 0o100,
                (false, true) => 0o010,
                (false, false) => 0o001,
            };
            found.mode() & bit != 0
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        assert_eq!(account_named("root").map(|root| root.uid), Some(0));
        assert!(account_named("roo").is_none());
    }

    #[test]
    fn a_private_directory_is_out_of_reach() -> std::io::Result<()> {
        let dir = std::env::temp_dir().join(format!("cordon-reach-{}", std::process::id()));
        std::fs::create_dir_all(&dir)?;
        std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o700))?;
        let stranger = Account {
            uid: 65_533,
            gid: 65_533,
        };
        assert!(reachable(Path::new("/"), stranger));
        assert!(!reachable(&dir, stranger));
        std::fs::remove_dir(&dir)
    }
}
