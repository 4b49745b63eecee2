#include "tests/bench/measured_kernels.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>

#include "kernels/cpu/add.h"
#include "kernels/cpu/attention.h"
#include "kernels/cpu/bf16_activations.h"
#include "kernels/cpu/dot_rows.h"
#include "kernels/cpu/gelu_tanh.h"
#include "kernels/cpu/int24_activations.h"
#include "kernels/cpu/int8_activations.h"
#include "kernels/cpu/kv_head.h"
#include "kernels/cpu/matmul.h"
#include "kernels/cpu/matvec.h"
#include "kernels/cpu/panel_matmul.h"
#include "kernels/cpu/panels.h"
#include "kernels/cpu/rms_norm.h"
#include "kernels/cpu/rope.h"
#include "kernels/cpu/router_topk.h"
#include "kernels/cpu/softmax.h"
#include "tests/support/stored_types.h"

namespace gatescope::bench {
namespace {

using namespace kernels;

constexpr DType kPlainTypes[] = {DType::F32, DType::F16, DType::BF16, DType::F8E4M3, DType::I8};
constexpr int kDecodeRows = 1;
constexpr int kPrefillRows = 12;
constexpr int kTileRows = 32;

std::vector<float> randomFloats(std::size_t count) {
    std::vector<float> out(count);
    std::minstd_rand random(2);
    for (float& value : out) value = static_cast<float>(random() % 2000) * 1e-3F - 1.0F;
    return out;
}

/// `count` matrices of one type in panels, one after the other, and rows of activations for them.
/// Random bytes that no type takes for NaN, infinity or a subnormal number (which Intel's
/// processors take a hundred times as long for).
struct Product {
    Product(DType matrixType, int inputs, int outputs, std::size_t matrices, int activationRows)
        : type(matrixType),
          numIn(inputs),
          numOut(outputs),
          rows(activationRows),
          count(matrices),
          matrixBytes(panelBytes(type, numIn) *
                      static_cast<std::size_t>(numOut / panelOutputs(type))),
          weights(matrixBytes * count),
          scales(static_cast<std::size_t>(numOut), 0x3f80),
          rowScales(static_cast<std::size_t>(numOut), 1.0F),
          x(randomFloats(static_cast<std::size_t>(rows * numIn))),
          y(static_cast<std::size_t>(rows * numOut)) {
        std::minstd_rand random(1);
        for (std::size_t i = 0; i < weights.size(); ++i)
            weights[i] = i < matrixBytes ? static_cast<std::byte>(0x20 + random() % 0x18)
                                         : weights[i - matrixBytes];
    }

    PanelMatrix panels(std::size_t i) const {
        return {type,
                weights.data() + i * matrixBytes,
                type == DType::I8 ? scales.data() : nullptr,
                type == DType::F8E4M3 ? rowScales.data() : nullptr,
                numIn,
                numOut,
                1};
    }
    MeasuredKernel kernel(const char* name, std::function<void()> run) const {
        return {.name = fmt::format("{}/{}/rows:{}", name, gatescope::name(type), rows),
                .numbers = static_cast<double>(count) * numIn * numOut * rows,
                .bytes = static_cast<double>(weights.size()),
                .run = std::move(run)};
    }

    DType type;
    int numIn;
    int numOut;
    int rows;
    std::size_t count;
    std::size_t matrixBytes;
    std::vector<std::byte> weights;
    std::vector<std::uint16_t> scales;
    std::vector<float> rowScales;
    std::vector<float> x;
    std::vector<float> y;
};

using ProductPtr = std::shared_ptr<Product>;

MeasuredKernel exactPanels(const ProductPtr& p) {
    return p->kernel("panels", [p] {
        for (std::size_t i = 0; i < p->count; ++i)
            panelMatmul(p->panels(i),
                        {p->x.data(), p->numIn, nullptr, p->rows},
                        {0, p->numOut},
                        1.0F,
                        {p->y.data(), p->numOut});
    });
}

struct Rounded {
    Rounded(const std::vector<float>& x, int numIn, int rows)
        : blocks(x.size() / kActivationBlock) {
        for (int row = 0; row < rows; ++row)
            roundToInt8(x.data() + row * numIn, 0, numIn, view(numIn), row);
    }
    Int8Activations view(int numIn) { return {blocks.data(), numIn / kActivationBlock}; }

    std::vector<ActivationBlock> blocks;
};

MeasuredKernel bf16Panels(const ProductPtr& p) {
    const auto rounded = std::make_shared<std::vector<std::uint16_t>>(p->x.size());
    roundRowToBf16(p->x.data(), p->x.size(), rounded->data());
    return p->kernel("panels_bf16", [p, rounded] {
        for (std::size_t i = 0; i < p->count; ++i)
            panelMatmulBf16(p->panels(i),
                            {rounded->data(), p->numIn, nullptr, p->rows},
                            {0, p->numOut},
                            1.0F,
                            {p->y.data(), p->numOut});
    });
}

MeasuredKernel int8Panels(const ProductPtr& p) {
    const auto rounded = std::make_shared<Rounded>(p->x, p->numIn, p->rows);
    return p->kernel("panels_int8", [p, rounded] {
        for (std::size_t i = 0; i < p->count; ++i)
            panelMatmulInt8(p->panels(i),
                            {rounded->view(p->numIn), nullptr, 0, p->rows},
                            {0, p->numOut},
                            1.0F,
                            {p->y.data(), p->numOut});
    });
}

struct Rounded24 {
    Rounded24(const std::vector<float>& x, int numIn, int rows) : blocks(x.size() / kInt24Block) {
        for (int row = 0; row < rows; ++row)
            roundToInt24(x.data() + row * numIn, 0, numIn, view(numIn), row);
    }
    Int24Activations view(int numIn) { return {blocks.data(), numIn / kInt24Block}; }

    std::vector<Int24Block> blocks;
};

MeasuredKernel int24Panels(const ProductPtr& p) {
    const auto rounded = std::make_shared<Rounded24>(p->x, p->numIn, p->rows);
    return p->kernel("panels_int24", [p, rounded] {
        for (std::size_t i = 0; i < p->count; ++i)
            panelMatmulInt24(p->panels(i),
                             {rounded->view(p->numIn), nullptr, 0, p->rows},
                             {0, p->numOut},
                             1.0F,
                             {p->y.data(), p->numOut});
    });
}

WeightMatrix columnsOf(const Product& p) {
    return {.type = p.type,
            .data = p.weights.data(),
            .scales = p.type == DType::I8 ? p.scales.data() : nullptr,
            .numIn = p.numIn,
            .numOut = p.numOut};
}

/// As an xAI checkpoint stores it.
MeasuredKernel storedColumns(const ProductPtr& p) {
    return p->kernel("columns", [p] {
        matvec(columnsOf(*p), p->x.data(), {0, p->numOut}, p->y.data());
    });
}

MeasuredKernel storedColumnsOfRows(const ProductPtr& p) {
    const auto scratch = std::make_shared<std::vector<float>>(matmulScratchFloats(p->rows) + 16);
    return p->kernel("columns", [p, scratch] {
        void* aligned = scratch->data();
        std::size_t space = scratch->size() * sizeof(float);
        matmul(columnsOf(*p),
               {p->x.data(), p->numIn, nullptr, p->rows},
               {0, p->numOut},
               {p->y.data(), p->numOut},
               static_cast<float*>(std::align(64, 64, aligned, space)));
    });
}

/// As a GGUF file stores it: what there are no panels for.
MeasuredKernel storedRows(const ProductPtr& p) {
    const auto scratch = std::make_shared<std::vector<float>>(static_cast<std::size_t>(p->numIn));
    return p->kernel("rows", [p, scratch] {
        dotRows({.type = p->type, .data = p->weights.data(), .numIn = p->numIn},
                {p->x.data(), p->numIn, nullptr, p->rows},
                {0, p->numOut},
                1.0F,
                {p->y.data(), p->numOut},
                scratch->data());
    });
}

void addProducts(std::vector<MeasuredKernel>& out) {
    constexpr int kIn = 512;
    constexpr int kOut = 128;  // 256 KiB of f32
    const auto product = [&](DType type, int rows) {
        return std::make_shared<Product>(type, kIn, kOut, 1, rows);
    };
    for (const int rows : {kDecodeRows, kPrefillRows}) {
        for (const DType type : kPlainTypes) out.push_back(exactPanels(product(type, rows)));
        for (const DType type : test::kBlockTypes) out.push_back(exactPanels(product(type, rows)));
        for (const DType type : test::kBlockTypes) out.push_back(int8Panels(product(type, rows)));
        out.push_back(bf16Panels(product(DType::BF16, rows)));
        out.push_back(int24Panels(product(DType::I8, rows)));
    }
    // Enough rows for the tiles of AMX.
    for (const DType type : {DType::Q8_0, DType::Q4_0, DType::Q4_K, DType::Q6_K})
        out.push_back(int8Panels(product(type, kTileRows)));
    out.push_back(bf16Panels(product(DType::BF16, kTileRows)));
    out.push_back(int24Panels(product(DType::I8, kTileRows)));
    for (const DType type : {DType::I8, DType::BF16, DType::F32}) {
        out.push_back(storedColumns(product(type, kDecodeRows)));
        out.push_back(storedColumnsOfRows(product(type, kPrefillRows)));
    }
    for (const DType type : {DType::BF16, DType::F16, DType::Q8_0})
        out.push_back(storedRows(product(type, kDecodeRows)));
}

/// Buffers of a kernel that is no product: `a` read or changed, `b` and `c` beside it.
struct Vectors {
    std::vector<float> a;
    std::vector<float> b;
    std::vector<float> c;
};

template <class Run>
MeasuredKernel overVectors(const char* name, int size, double passes, const Run& run) {
    const auto count = static_cast<std::size_t>(size);
    auto v = std::make_shared<Vectors>(
        Vectors{randomFloats(count), randomFloats(count), std::vector<float>(count)});
    return {.name = fmt::format("{}/{}", name, size),
            .numbers = passes * size,
            .bytes = passes * size * sizeof(float),
            .run = [=] { run(*v, size); }};
}

/// A block of keys for the four query heads of a group: keys and values are what has to be moved.
MeasuredKernel attention(DType type) {
    constexpr int kHeadSize = 128;
    constexpr int kQueries = 4;
    struct Group {
        std::vector<std::byte> keys;
        std::vector<std::byte> values;
        std::vector<float> scales = std::vector<float>(kAttentionBlock);
        std::vector<std::uint8_t> visible = std::vector<std::uint8_t>(kAttentionBlock, 1);
        std::vector<float> query = randomFloats(std::size_t{kQueries} * kHeadSize);
        std::vector<float> parts = std::vector<float>(kQueries * attentionPartFloats(kHeadSize));
    };
    const auto g = std::make_shared<Group>();
    const std::size_t bytes = storedBytes(type, std::size_t{kAttentionBlock} * kHeadSize);
    g->keys.resize(bytes);
    g->values.resize(bytes);
    const auto head = [g, type] {
        return KvHead{.type = type,
                      .keys = g->keys.data(),
                      .values = g->values.data(),
                      .keyScales = g->scales.data(),
                      .valueScales = g->scales.data(),
                      .headSize = kHeadSize};
    };
    const auto row = randomFloats(kHeadSize);
    for (int position = 0; position < kAttentionBlock; ++position)
        storeKeyValue(head(), position, row.data(), row.data());
    return {.name = fmt::format("attention/{}/head:{}", gatescope::name(type), kHeadSize),
            .numbers = 2.0 * kAttentionBlock * kHeadSize * kQueries,
            .bytes = 2.0 * static_cast<double>(bytes),
            .run = [=] {
                AttentionQuery queries[kQueries];
                for (int i = 0; i < kQueries; ++i)
                    queries[i] = {.query = g->query.data() + i * kHeadSize,
                                  .numKeys = kAttentionBlock,
                                  .part = g->parts.data() + static_cast<std::size_t>(i) *
                                                                attentionPartFloats(kHeadSize)};
                attendBlock(head(),
                            {.visible = g->visible.data(), .scale = 0.1F, .cap = 30},
                            0,
                            queries,
                            kQueries);
            }};
}

/// What a layer's router does with a token: eight outputs, their softmax, the best two.
MeasuredKernel router() {
    constexpr int kIn = 1024;
    constexpr int kExperts = 8;
    const auto v = std::make_shared<Vectors>(
        Vectors{randomFloats(kIn), randomFloats(kIn * kExperts), std::vector<float>(kExperts)});
    return {.name = fmt::format("router/{}", kIn),
            .numbers = static_cast<double>(kIn) * kExperts,
            .bytes = static_cast<double>(kIn) * kExperts * sizeof(float),
            .run = [=] {
                std::int32_t selected[2];
                matvec({.type = DType::F32,
                        .data = reinterpret_cast<const std::byte*>(v->b.data()),
                        .numIn = kIn,
                        .numOut = kExperts},
                       v->a.data(),
                       {0, kExperts},
                       v->c.data());
                softmax(v->c.data(), kExperts);
                routerTopk(v->c.data(), kExperts, 2, selected);
            }};
}

/// Each pass over the vector counts, as it reads or writes it once.
void addVectorKernels(std::vector<MeasuredKernel>& out) {
    constexpr int kWidth = 4096;
    out.push_back(overVectors("rms_norm", kWidth, 4, [](Vectors& v, int n) {
        rmsNorm(v.a.data(), v.b.data(), n, 1e-5F, v.c.data());
    }));
    out.push_back(
        overVectors("add", kWidth, 3, [](Vectors& v, int n) { add(v.c.data(), n, v.a.data()); }));
    out.push_back(overVectors("add_scaled", kWidth, 3, [](Vectors& v, int n) {
        addScaled(v.c.data(), 0.5F, n, v.a.data());
    }));
    out.push_back(overVectors(
        "scale", kWidth, 2, [](Vectors& v, int n) { scale(v.a.data(), 0.5F, n, v.c.data()); }));
    out.push_back(
        overVectors("softmax", kWidth, 5, [](Vectors& v, int n) { softmax(v.a.data(), n); }));
    // Zeros: what it writes it reads the next time, and other numbers would fade away.
    out.push_back(overVectors("gelu_tanh_times", kWidth, 3, [](Vectors& v, int n) {
        geluTanhTimes(v.b.data(), n, v.c.data());
    }));
    out.push_back(overVectors("rope", 128, 3, [](Vectors& v, int n) {
        rope(v.b.data(), v.b.data() + n / 2, n, v.c.data());
    }));
    const auto rounded = std::make_shared<Rounded>(std::vector<float>(kWidth), kWidth, 1);
    out.push_back(overVectors("round_to_int8", kWidth, 1.5, [=](Vectors& v, int n) {
        roundToInt8(v.a.data(), 0, n, rounded->view(n), 0);
    }));
    const auto rounded24 = std::make_shared<Rounded24>(std::vector<float>(kWidth), kWidth, 1);
    out.push_back(overVectors("round_to_int24", kWidth, 2, [=](Vectors& v, int n) {
        roundToInt24(v.a.data(), 0, n, rounded24->view(n), 0);
    }));
    const auto halves = std::make_shared<std::vector<std::uint16_t>>(kWidth);
    out.push_back(overVectors("round_to_bf16", kWidth, 1.5, [=](Vectors& v, int n) {
        roundRowToBf16(v.a.data(), static_cast<std::size_t>(n), halves->data());
    }));
}

}  // namespace

std::vector<MeasuredKernel> kernelsInCache() {
    std::vector<MeasuredKernel> out;
    addProducts(out);
    for (const DType type : {DType::F32, DType::F16, DType::BF16, DType::I8})
        out.push_back(attention(type));
    out.push_back(router());
    addVectorKernels(out);
    return out;
}

std::vector<MeasuredKernel> kernelsInMemory() {
    constexpr std::size_t kTotalBytes = std::size_t{64} << 20U;
    const auto product = [](DType type) {
        constexpr int kIn = 1024;
        constexpr int kOut = 4096;
        const std::size_t bytes =
            panelBytes(type, kIn) * static_cast<std::size_t>(kOut / panelOutputs(type));
        return std::make_shared<Product>(type, kIn, kOut, kTotalBytes / bytes, kDecodeRows);
    };
    std::vector<MeasuredKernel> out;
    for (const DType type : {DType::BF16, DType::I8}) out.push_back(exactPanels(product(type)));
    for (const DType type : {DType::Q8_0, DType::Q4_0, DType::Q4_K, DType::Q6_K})
        out.push_back(int8Panels(product(type)));
    out.push_back(int24Panels(product(DType::I8)));
    for (MeasuredKernel& kernel : out) kernel.name = "memory/" + kernel.name;
    return out;
}

}  // namespace gatescope::bench
