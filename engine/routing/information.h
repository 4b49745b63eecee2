#pragma once

#include <cstdint>
#include <span>

#include "engine/routing/statistic.h"

namespace gatescope {

/// -sum f log2 f. Requires shares that sum to 1.
double entropyBits(std::span<const double> shares);

/// A table of two choices: how often (or with how much mass) row i met column j.
struct JointTable {
    std::span<const double> cells;  ///< [rows, columns] >= 0, of any total
    int rows = 0;
    int columns = 0;
    std::int64_t observations = 0;  ///< independent ones behind the cells
};

/// Mutual information in bits, plug-in: sum r log2(r / (row share * column share)), r a cell's
/// share of the total. `chance.level` is its bias, what independent choices give by luck: (rows -
/// 1)(columns - 1) / (2 T ln 2), about 35/T bit for 8 x 8; subtract it to correct. Rows and columns
/// that never occurred do not count. The band is chi-square's, as 2 T ln 2 times the value is for a
/// table of counts. For mass (a share of a token goes to every cell) the bias is at most this. Thin
/// where a cell expects fewer than 5 observations: neither holds then. Source: Miller 1955, "Note
/// on the bias of information estimates"; Wilks 1935 for the band; Cochran 1954 for the rule of
/// five.
Statistic mutualInformation(const JointTable& table);

}  // namespace gatescope
