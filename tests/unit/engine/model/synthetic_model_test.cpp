#include "engine/model/synthetic/synthetic_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "engine/error.h"
#include "engine/model/open_model.h"
#include "engine/model/synthetic/random_weights.h"
#include "kernels/quant/float_types.h"
#include "tests/support/matrix_floats.h"

namespace gatescope {
namespace {

using testing::HasSubstr;

struct Moments {
    double mean = 0;
    double deviation = 0;
};

template <class Values>
Moments moments(const Values& values) {
    double sum = 0;
    double squares = 0;
    for (const auto value : values) {
        sum += static_cast<double>(value);
        squares += static_cast<double>(value) * static_cast<double>(value);
    }
    const auto count = static_cast<double>(values.size());
    const double mean = sum / count;
    return {mean, std::sqrt(squares / count - mean * mean)};
}

std::vector<float> dequantised(const MatrixView& view) {
    std::vector<float> out;
    const auto* data = reinterpret_cast<const std::int8_t*>(view.data);
    for (int m = 0; m < view.numMatrices; ++m)
        for (int k = 0; k < view.numIn; ++k)
            for (int n = 0; n < view.numOut; ++n) {
                const int group = k * view.numGroups / view.numIn;
                const int scale = (m * view.numGroups + group) * view.numOut + n;
                const int at = (m * view.numIn + k) * view.numOut + n;
                out.push_back(static_cast<float>(data[at]) *
                              kernels::bf16ToFloat(view.scales[scale]));
            }
    return out;
}

bool sameBytes(const ModelWeights& a, const ModelWeights& b) {
    if (a.blocks.size() != b.blocks.size()) return false;
    for (std::size_t i = 0; i < a.blocks.size(); ++i)
        if (a.blocks[i].size() != b.blocks[i].size() ||
            std::memcmp(a.blocks[i].data(), b.blocks[i].data(), a.blocks[i].size()) != 0)
            return false;
    return true;
}

std::string refusal(const std::string& model) {
    try {
        openModel(model);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadUsage) << model;
        return error.what();
    }
    ADD_FAILURE() << model << " was opened";
    return {};
}

TEST(SyntheticModelTest, HasTheShapesOfGrok1) {
    const auto source = openModel("synthetic:grok-1");
    EXPECT_TRUE(source->isSynthetic());
    EXPECT_EQ(source->format(), "synthetic");
    EXPECT_EQ(source->config(), ModelConfig{});
    EXPECT_EQ(source->tokenizer(), nullptr);
    ASSERT_EQ(source->tensors().size(), 770U);
    std::uint64_t bytes = 0;
    for (const auto& tensor : source->tensors()) bytes += tensor.bytes;
    // The release's 770 files have 318,239,886,140 bytes, of which 191,292 are pickle around the
    // arrays (165 + 151 + 64 layers of 2984).
    EXPECT_EQ(bytes, 318239886140U - 191292U);
}

TEST(SyntheticModelTest, HasTheSizesOfTheBenchModels) {
    const auto parameters = [](std::uint64_t vocab,
                               std::uint64_t width,
                               std::uint64_t kvWidth,
                               std::uint64_t ffn,
                               std::uint64_t layers) {
        const std::uint64_t attention = 2 * width * (width + kvWidth);
        const std::uint64_t experts = 8 * 3 * width * ffn;
        const std::uint64_t small = width * 8 + 4 * width;  // router, norms
        return vocab * width + width + layers * (attention + experts + small);
    };
    EXPECT_EQ(countParameters(openModel("synthetic:bench-1b")->config()).total,
              parameters(32000, 1024, 4 * 64, 4096, 12));
    EXPECT_EQ(countParameters(openModel("synthetic:bench-tiny")->config()).total,
              parameters(1024, 256, 2 * 64, 512, 6));
}

TEST(SyntheticModelTest, MakesTheSameWeightsWithAnyNumberOfThreads) {
    const auto one = SyntheticModel("synthetic:grok-1-tiny,layers=2", 1).load({}, {});
    const auto three = SyntheticModel("synthetic:grok-1-tiny,layers=2", 3).load({}, {});
    EXPECT_TRUE(sameBytes(*one, *three));
    const auto other = SyntheticModel("synthetic:grok-1-tiny,layers=2,seed=2", 3).load({}, {});
    EXPECT_FALSE(sameBytes(*one, *other));
}

TEST(SyntheticModelTest, KeepsALayersWeightsWhenThereAreMoreLayers) {
    const auto two = openModel("synthetic:grok-1-tiny,layers=2")->load({}, {});
    const auto three = openModel("synthetic:grok-1-tiny,layers=3")->load({}, {});
    const MatrixView& a = two->layers[1].expertDown;
    const MatrixView& b = three->layers[1].expertDown;
    EXPECT_EQ(dequantised(a), dequantised(b));
}

TEST(SyntheticModelTest, ScalesEveryMatrixByItsFanIn) {
    const auto weights = openModel("synthetic:grok-1-tiny,layers=1")->load({}, {});
    const LayerWeights& layer = weights->layers[0];
    const MatrixView* matrices[] = {&layer.query,
                                    &layer.key,
                                    &layer.value,
                                    &layer.attentionOutput,
                                    &layer.expertGate,
                                    &layer.expertUp,
                                    &layer.expertDown};
    for (const MatrixView* matrix : matrices) {
        const Moments found = moments(dequantised(*matrix));
        const double wanted = 1.0 / std::sqrt(matrix->numIn);
        EXPECT_NEAR(found.deviation / wanted, 1.0, 0.02);
        EXPECT_NEAR(found.mean / wanted, 0.0, 0.02);
    }
    EXPECT_EQ(layer.expertDown.numGroups, 8);
    EXPECT_EQ(layer.attentionOutput.numGroups, 8);
    EXPECT_EQ(layer.expertUp.numGroups, 1);
    EXPECT_NEAR(moments(test::floatsOf(weights->embedding)).deviation, 1.0 / 16, 0.001);
    EXPECT_NEAR(moments(layer.moeNorm).mean, 1.0, 0.05);
}

TEST(SyntheticModelTest, MakesPlainMatricesOfTheOtherTypes) {
    const auto f32 = openModel("synthetic:grok-1-tiny,layers=1,dtype=f32")->load({}, {});
    const auto bf16 = openModel("synthetic:grok-1-tiny,layers=1,dtype=bf16")->load({}, {});
    const MatrixView& wide = f32->layers[0].expertUp;
    const MatrixView& narrow = bf16->layers[0].expertUp;
    EXPECT_EQ(wide.dtype, DType::F32);
    EXPECT_EQ(narrow.dtype, DType::BF16);
    EXPECT_EQ(wide.scales, nullptr);
    const std::size_t count = 8UL * 256 * 1024;
    const std::span values(reinterpret_cast<const float*>(wide.data), count);
    const std::span bits(reinterpret_cast<const std::uint16_t*>(narrow.data), count);
    EXPECT_NEAR(moments(values).deviation * 16, 1.0, 0.01);
    for (std::size_t i = 0; i < count; i += 997)
        EXPECT_EQ(bits[i], kernels::floatToBf16(values[i])) << i;
}

TEST(SyntheticModelTest, NeverMakesMinus128) {
    std::vector<std::int8_t> values(1 << 20);
    for (std::uint64_t block = 0; block < 16; ++block) {
        BlockRandom random(5, 6, block);
        fillInt8(random, values);
        EXPECT_GE(*std::min_element(values.begin(), values.end()), -127);
        EXPECT_NEAR(moments(values).deviation, kInt8Deviation, 0.1);
        EXPECT_NEAR(moments(values).mean, 0, 0.15);
    }
}

TEST(SyntheticModelTest, ReportsProgressUpToTheEnd) {
    std::vector<LoadProgress> reports;
    const auto source = openModel("synthetic:grok-1-tiny");
    const auto weights = source->load([&](const LoadProgress& p) { reports.push_back(p); }, {});
    ASSERT_FALSE(reports.empty());
    EXPECT_EQ(reports.back().bytesDone, weights->totalBytes());
    EXPECT_EQ(reports.back().bytesTotal, weights->totalBytes());
    for (std::size_t i = 1; i < reports.size(); ++i)
        EXPECT_LE(reports[i - 1].bytesDone, reports[i].bytesDone);
}

TEST(SyntheticModelTest, StopsInTheMiddle) {
    std::stop_source stop;
    const auto source = openModel("synthetic:grok-1-tiny");
    const auto weights = source->load(
        [&](const LoadProgress& progress) {
            EXPECT_LT(progress.bytesDone, progress.bytesTotal);
            stop.request_stop();
        },
        stop.get_token());
    EXPECT_EQ(weights, nullptr);
}

TEST(SyntheticModelTest, RefusesAModelThatDoesNotFitWithBothNumbers) {
    const SyntheticModel model("synthetic:grok-1", 0, [] { return std::uint64_t{20} << 30; });
    try {
        (void)model.load({}, {});
        FAIL() << "300 GiB were loaded into 20";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::NoMemory);
        EXPECT_THAT(error.what(), HasSubstr("296.4 GiB"));
        EXPECT_THAT(error.what(), HasSubstr("20.0 GiB"));
    }
}

TEST(SyntheticModelTest, ListsWhatExistsWhenItDoesNotKnowAWord) {
    EXPECT_THAT(refusal("synthetic:grok-9"), HasSubstr("grok-9"));
    EXPECT_THAT(refusal("synthetic:grok-9"), HasSubstr("grok-1|grok-1-tiny|bench-1b|bench-tiny"));
    EXPECT_THAT(refusal("synthetic:"), HasSubstr("bench-1b"));
    EXPECT_THAT(refusal("synthetic:grok-1,dtype=q4"), HasSubstr("i8|bf16|f32"));
    EXPECT_THAT(refusal("synthetic:grok-1,layers=0"), HasSubstr("layers is \"0\""));
    EXPECT_THAT(refusal("synthetic:grok-1,layers=4097"), HasSubstr("4097"));
    EXPECT_THAT(refusal("synthetic:grok-1,layers=2x"), HasSubstr("2x"));
    EXPECT_THAT(refusal("synthetic:grok-1,seed=-1"), HasSubstr("seed"));
    EXPECT_THAT(refusal("synthetic:grok-1,heads=3"), HasSubstr("heads"));
}

}  // namespace
}  // namespace gatescope
