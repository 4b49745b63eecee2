#include "engine/routing/distributions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace gatescope {
namespace {

TEST(DistributionsTest, NormalQuantilesAreThoseOfTheTables) {
    EXPECT_NEAR(normalQuantile(0.975), 1.959963984540054, 1e-12);
    EXPECT_NEAR(normalQuantile(0.5), 0, 1e-12);
    EXPECT_NEAR(normalQuantile(0.001), -3.090232306167813, 1e-12);
}

// Critical values: NIST/SEMATECH e-Handbook, 1.3.6.7.4.
TEST(DistributionsTest, ChiSquareQuantilesAreThoseOfTheTables) {
    struct Row {
        double degrees, at95, at99, at999;
    };
    for (const auto& row : {Row{1, 3.841, 6.635, 10.828},
                            Row{7, 14.067, 18.475, 24.322},
                            Row{15, 24.996, 30.578, 37.697},
                            Row{63, 82.529, 92.010, 103.442}}) {
        EXPECT_NEAR(chiSquareQuantile(0.95, row.degrees), row.at95, 6e-4);
        EXPECT_NEAR(chiSquareQuantile(0.99, row.degrees), row.at99, 6e-4);
        EXPECT_NEAR(chiSquareQuantile(0.999, row.degrees), row.at999, 6e-4);
    }
}

TEST(DistributionsTest, ChiSquareTailsAreTheClosedFormsOfOneTwoAndFourDegrees) {
    for (const double x : {0.01, 0.5, 2.0, 3.9, 4.1, 9.0, 40.0, 200.0}) {
        EXPECT_NEAR(chiSquareTail(x, 1) / std::erfc(std::sqrt(x / 2)), 1, 1e-10) << x;
        EXPECT_NEAR(chiSquareTail(x, 2) / std::exp(-x / 2), 1, 1e-10) << x;
        EXPECT_NEAR(chiSquareTail(x, 4) / (std::exp(-x / 2) * (1 + x / 2)), 1, 1e-10) << x;
    }
    EXPECT_EQ(chiSquareTail(0, 7), 1);
    for (const double p : {0.001, 0.3, 0.975})
        EXPECT_NEAR(chiSquareTail(chiSquareQuantile(p, 3969), 3969), 1 - p, 1e-10);
}

// Two: 1 / sqrt(pi). Three: 3 / (2 sqrt(pi)). Eight: 1.42360 (Harter 1961, table 1).
TEST(DistributionsTest, TheLargestOfSeveralNormalsIsThatOfTheTables) {
    EXPECT_NEAR(expectedLargestNormal(1), 0, 1e-9);
    EXPECT_NEAR(expectedLargestNormal(2), 1 / std::sqrt(std::numbers::pi), 1e-9);
    EXPECT_NEAR(expectedLargestNormal(3), 1.5 / std::sqrt(std::numbers::pi), 1e-9);
    EXPECT_NEAR(expectedLargestNormal(8), 1.42360, 5e-6);
}

}  // namespace
}  // namespace gatescope
