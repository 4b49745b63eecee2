#pragma once

#include <cstdint>

#include "tests/golden/golden_model.h"

// What xAI's own code answered, in exact arithmetic.

namespace gatescope::test {

/// Logits, router probabilities and residuals of golden.tokens.
void expectGoldenNumbers(const GoldenModel& golden, const Forward& forward);

/// Experts and gates, wherever the choice was not a close one.
void expectGoldenExperts(const GoldenModel& golden, const Forward& forward);

/// The greedy continuations, or the first `mostSteps` tokens of the first `mostPrompts`.
void expectGoldenText(const GoldenModel& golden,
                      Decoder& decoder,
                      std::size_t mostPrompts = SIZE_MAX,
                      std::size_t mostSteps = SIZE_MAX);

/// The same as replies that the decoder goes on with by itself (Decoder::continueFrom).
void expectGoldenReplies(const GoldenModel& golden,
                         Decoder& decoder,
                         std::size_t mostPrompts = SIZE_MAX,
                         std::size_t mostSteps = SIZE_MAX);

/// What each layer added to the residuals: with the embeddings, the sums are xAI's residuals.
void expectGoldenParts(const GoldenModel& golden, Decoder& decoder);

}  // namespace gatescope::test
