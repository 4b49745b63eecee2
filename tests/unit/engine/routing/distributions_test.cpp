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

// Critical values: NIST/SEMATECH e-Handbook, 1.3.6.7.2.
TEST(DistributionsTest, StudentQuantilesAreThoseOfTheTables) {
    struct Row {
        int degrees;
        double at95, at975, at999;
    };
    for (const auto& row : {Row{1, 6.314, 12.706, 318.313},
                            Row{2, 2.920, 4.303, 22.327},
                            Row{3, 2.353, 3.182, 10.215},
                            Row{10, 1.812, 2.228, 4.143},
                            Row{19, 1.729, 2.093, 3.579},
                            Row{100, 1.660, 1.984, 3.174}}) {
        EXPECT_NEAR(studentQuantile(0.95, row.degrees), row.at95, 6e-4);
        EXPECT_NEAR(studentQuantile(0.975, row.degrees), row.at975, 6e-4);
        EXPECT_NEAR(studentQuantile(0.999, row.degrees), row.at999, 5e-3);
        EXPECT_EQ(studentQuantile(0.025, row.degrees), -studentQuantile(0.975, row.degrees));
    }
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
