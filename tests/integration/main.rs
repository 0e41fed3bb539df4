//! Tests that run the program itself, against an emulated AWS account. `tests/setup.sh` installs what they need.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod author;
#[cfg(test)]
mod bare;
#[cfg(test)]
#[cfg(feature = "lambda")]
mod config_rule;
#[cfg(test)]
mod denied;
#[cfg(test)]
mod deploy;
#[cfg(test)]
mod emulator;
#[cfg(test)]
mod failures;
#[cfg(test)]
#[cfg(unix)]
mod guide;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod import_findings;
#[cfg(test)]
mod interrupted;
#[cfg(test)]
mod people;
#[cfg(test)]
mod remediation;
#[cfg(test)]
mod scale;
#[cfg(test)]
mod scan;
#[cfg(test)]
mod soundness;
#[cfg(test)]
mod waivers;
