#pragma once

#include <string>

#include "tests/fuzz/mutators.h"

namespace gatescope::test {

/// A recording with one value changed as SQLite would store it, so that what our own code reads out
/// of the database is reached: texts and numbers, the JSON of settings, and the bytes of tokens and
/// routing behind their compression and its checksum. A mutation of bytes where `database` is none.
std::string mutatedRecording(const std::string& database, FuzzRandom& random);

}  // namespace gatescope::test
