#include "engine/routing/distributions.h"

// NOLINTNEXTLINE(modernize-deprecated-headers): <cmath> has no lgamma_r, and std::lgamma writes a
// global.
#include <math.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "engine/check.h"

namespace gatescope {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

double normalBelow(double x) {
    return std::erfc(-x / std::sqrt(2.0)) / 2;
}

/// x with rising(x) = target, to the last bits, between two x around it.
template <class Function>
double solveRising(double low, double high, double target, const Function& rising) {
    for (int step = 0; step < 200 && low < high; ++step) {
        const double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) break;
        (rising(middle) < target ? low : high) = middle;
    }
    return low + (high - low) / 2;
}

/// P(a, x), the lower incomplete gamma function over Gamma(a), for x < a + 1.
double gammaSeries(double a, double x) {
    double term = 1 / a;
    double sum = term;
    for (double n = a + 1; term > sum * kEpsilon; ++n) {
        term *= x / n;
        sum += term;
    }
    return sum * std::exp(a * std::log(x) - x - logFactorial(a - 1));
}

/// Q(a, x) = 1 - P(a, x), for x >= a + 1: the even part of the continued fraction, its convergents
/// by Wallis's recurrence with both rescaled together.
double gammaFraction(double a, double x) {
    double above0 = 1, below0 = 0;  // A(-1), B(-1)
    double above1 = 0, below1 = 1;  // A(0), B(0)
    double previous = 0;
    for (int n = 0; n < 100'000; ++n) {
        const double part = n == 0 ? 1 : n * (a - n);
        const double whole = x + 2.0 * n + 1 - a;
        const double above = whole * above1 + part * above0;
        const double below = whole * below1 + part * below0;
        above0 = above1 / below;
        below0 = below1 / below;
        above1 = above / below;
        below1 = 1;
        if (n > 0 && std::abs(above1 - previous) <= kEpsilon * above1) break;
        previous = above1;
    }
    return above1 * std::exp(a * std::log(x) - x - logFactorial(a - 1));
}

/// P(|T| <= sqrt(degrees) tan(angle)) of a Student T.
double withinAngle(double angle, int degrees) {
    const double cosine = std::cos(angle);
    const bool odd = degrees % 2 == 1;
    double term = odd ? cosine : 1;
    double sum = 0;
    for (int i = odd ? 3 : 2; i <= degrees; i += 2) {
        sum += term;
        term *= cosine * cosine * (i - 1) / i;
    }
    return odd ? 2 / std::numbers::pi * (angle + std::sin(angle) * sum) : std::sin(angle) * sum;
}

}  // namespace

double logFactorial(double n) {
    int sign = 0;
    return ::lgamma_r(n + 1, &sign);
}

double normalQuantile(double p) {
    GS_CHECK(p > 0 && p < 1);
    return solveRising(-40, 40, p, normalBelow);
}

double chiSquareTail(double x, double degrees) {
    GS_CHECK(x >= 0 && degrees > 0);
    if (x == 0) return 1;
    const double a = degrees / 2;
    return x / 2 < a + 1 ? 1 - gammaSeries(a, x / 2) : gammaFraction(a, x / 2);
}

double chiSquareQuantile(double p, double degrees) {
    GS_CHECK(p > 0 && p < 1);
    double high = degrees + 10;
    while (chiSquareTail(high, degrees) > 1 - p) high *= 2;
    return solveRising(0, high, p, [degrees](double x) { return 1 - chiSquareTail(x, degrees); });
}

double studentQuantile(double p, int degrees) {
    GS_CHECK(p > 0 && p < 1 && degrees >= 1);
    if (p < 0.5) return -studentQuantile(1 - p, degrees);
    const double angle = solveRising(
        0, std::numbers::pi / 2, 2 * p - 1, [=](double x) { return withinAngle(x, degrees); });
    return std::tan(angle) * std::sqrt(degrees);
}

double expectedLargestNormal(int count) {
    GS_CHECK(count >= 1);
    // E[max] = integral of P(max > x) over x > 0 minus P(max < x) over x < 0. Simpson's rule; at
    // +-12 nothing is left.
    constexpr int kSteps = 4000;
    constexpr double kWidth = 12.0 / kSteps;
    double sum = 0;
    for (int i = 0; i <= kSteps; ++i) {
        const double x = i * kWidth;
        // -expm1(n log1p(-tail)): P(max > x) without loss where the tail is small.
        const double above = -std::expm1(count * std::log1p(-normalBelow(-x)));
        const double below = std::pow(normalBelow(-x), count);
        const double weight = i == 0 || i == kSteps ? 1 : (i % 2 == 1 ? 4 : 2);
        sum += weight * (above - below);
    }
    return sum * kWidth / 3;
}

}  // namespace gatescope
