#pragma once

#include <string>

#include "engine/routing/filter/filter_syntax.h"

namespace gatescope::test {

/// A filter that means what `tree` does, written out: every p and gate with its expert, every set
/// of numbers as a set, parentheses only where the grammar needs them (docs/filter.md). Parsed, it
/// gives the same tree.
std::string printed(const FilterNode& tree);

/// The same question: everything but the columns it was written at, and the slots, which go by
/// them.
bool sameMeaning(const FilterNode& a, const FilterNode& b);

}  // namespace gatescope::test
