#pragma once

namespace gatescope::test {

/// How close two computations of the same model must come, in one place, each with its reason.
/// The goldens' README tells how the noise was measured.
namespace tolerance {

/// Logits of an f32 decoder against xAI's code in exact arithmetic. A plain NumPy forward is within
/// 2.1e-5; every planted mistake (no cap, erf GELU, other eps, RoPE pairs, wrong scale row, swapped
/// branches, renormalised gates) shows above 2e-4 on one of the golden models.
inline constexpr float kLogits = 2e-4F;

/// Router probabilities: a tenth of the above, as they lie below 1 where logits lie around 10.
inline constexpr float kRouterProbs = 2e-5F;

/// Residual stream after a layer. Its values are around 2, the logits' around 10.
inline constexpr float kResiduals = 1e-4F;

/// Where the golden's second and third probability lie closer than this, rounding may choose
/// either.
inline constexpr float kSelectionMargin = 1e-4F;

/// The same decoder, the same tokens, cut into other batches: only the order of sums may differ.
inline constexpr float kSplitLogits = 1e-4F;

/// --precision bf16 against xAI's code as shipped: KL at most this many times what its own two ways
/// to run (op by op, and jitted, which drops roundings) differ by ...
inline constexpr double kBf16KlFactor = 1.5;
/// ... and as many equal experts as those two have, less this.
inline constexpr double kBf16ExpertSlack = 0.02;

/// Activations rounded to int8, 32 to a scale, or to bf16, against exact ones on the same weights:
/// each rounding is at most 1/254 of the largest of its 32, or 1/512 of itself. Mean KL on a random
/// model of two layers, of tokens whose experts are the same; the demo model's is in
/// docs/benchmarks.md. The worst type, Q8_0, measures 2e-5.
inline constexpr double kRoundedKl = 5e-5;
/// Of 40 tokens so many may change an expert; MXFP4 does so twice, others hardly.
inline constexpr int kRoundedFlips = 3;

/// A prompt on tensor cores with activations in 8 bits, against exact ones on the same weights: mean
/// KL on tiny-a, where random experts lie close and change at some tokens (the code that xAI shipped
/// is 0.0024 off, bf16 on tensor cores 0.0022). Int8 measures 0.027: a rounding is at most 1/254 of
/// the largest of its scale. FP8 measures 0.17: with 3 bits of mantissa it is up to 1/16 of the
/// number itself.
inline constexpr double kInt8PromptKl = 0.05;
inline constexpr double kFp8PromptKl = 0.3;

/// A vectorised kernel against the scalar formula, relative to the sum of the magnitudes that were
/// added up: 2^-23 for each of a few hundred roundings, of which most cancel.
inline constexpr float kKernelSum = 2e-6F;
/// exp and tanh in vectors are good to 4 units in the last place.
inline constexpr float kKernelTranscendental = 1e-6F;

}  // namespace tolerance
}  // namespace gatescope::test
