//! The health checks of the service.

use std::error::Error;
use std::time::Duration;
use std::{env, fs};

use measurand::health::{Check, Health};

use crate::service::Algorithm;

/// The digests of `abc`, from FIPS 180-2 and the test vectors of BLAKE3.
const KNOWN: [(Algorithm, &str); 2] = [
    (Algorithm::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (Algorithm::Blake3, "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"),
];

/// Returns checks that hashing works, and that files can be stored.
pub(crate) fn checks() -> Result<Health, Box<dyn Error>> {
    let health = Health::new().check(Check::blocking("digest", hash_and_store))?;
    #[cfg(unix)]
    let health = {
        const LEAST: u64 = 10 << 20;
        let space = Check::free_space("temporary_space", env::temp_dir(), LEAST);
        health.check(space.optional().cache(Duration::from_secs(10)))?
    };
    Ok(health)
}

fn hash_and_store() -> Result<(), String> {
    for (algorithm, known) in KNOWN {
        let digest = algorithm.digest(b"abc");
        if digest != known {
            return Err(format!("{} of `abc` is {digest}", algorithm.name()));
        }
    }
    let path = env::temp_dir().join(format!("digest-health-{}", std::process::id()));
    let stored = fs::write(&path, b"abc").and_then(|()| fs::read(&path));
    let _ = fs::remove_file(&path);
    match stored {
        Ok(stored) if stored == b"abc" => Ok(()),
        Ok(_) => Err("a stored file was read back differently".to_owned()),
        Err(error) => Err(format!("a file cannot be stored: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_ready() {
        hash_and_store().unwrap();
    }
}
