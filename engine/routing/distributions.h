#pragma once

namespace gatescope {

// The distributions that chance levels and intervals are read from. Relative error below 1e-10.

/// ln n!, also between the whole numbers. Requires n > -1.
double logFactorial(double n);

/// x with P(Z <= x) = p for a standard normal Z. Requires 0 < p < 1.
double normalQuantile(double p);

/// P(X > x) for a chi-square X with `degrees` of freedom. Requires x >= 0, degrees > 0.
/// Source: the incomplete gamma function by series and continued fraction, Abramowitz and Stegun,
/// "Handbook of Mathematical Functions", 6.5.29 and 6.5.31.
double chiSquareTail(double x, double degrees);

/// x with P(X <= x) = p. Requires 0 < p < 1, degrees > 0.
double chiSquareQuantile(double p, double degrees);

/// x with P(T <= x) = p for a Student T with `degrees` of freedom. Requires 0 < p < 1, degrees
/// >= 1. Source: the finite sums for whole degrees, Abramowitz and Stegun 26.7.3 and 26.7.4.
double studentQuantile(double p, int degrees);

/// Expected largest of `count` independent standard normals (0 for one, 1.4236 for eight).
/// Requires count >= 1.
double expectedLargestNormal(int count);

}  // namespace gatescope
