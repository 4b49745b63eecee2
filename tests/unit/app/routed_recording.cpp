#include "tests/unit/app/routed_recording.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/store/conversation_store.h"
#include "tests/support/likely_tokens.h"

namespace gatescope::test {
namespace {

/// Layers follow one another, tokens their ids, and low experts are liked: there is something in
/// every statistic.
RoutingRecordPtr preferringRecord(std::mt19937& random, const RoutedShape& shape, TokenId id) {
    auto r = std::make_shared<RoutingRecord>();
    r->numLayers = shape.layers;
    r->numExperts = shape.experts;
    r->numSelected = shape.selected;
    std::normal_distribution<float> noise(0.0F, 1.0F);
    for (int layer = 0; layer < shape.layers; ++layer) {
        std::vector<float> p;
        for (int e = 0; e < shape.experts; ++e)
            p.push_back(std::exp(noise(random) + (id % shape.experts == e ? 1.5F : 0.0F) -
                                 0.5F * static_cast<float>(e) / static_cast<float>(shape.experts)));
        const float sum = std::accumulate(p.begin(), p.end(), 0.0F);
        for (float& value : p) value /= sum;
        std::vector<std::int32_t> order(p.size());
        std::iota(order.begin(), order.end(), 0);
        std::ranges::stable_sort(
            order, std::greater<>(), [&](auto e) { return p[static_cast<std::size_t>(e)]; });
        r->probs.insert(r->probs.end(), p.begin(), p.end());
        for (int s = 0; s < shape.selected; ++s) {
            r->selected.push_back(order[static_cast<std::size_t>(s)]);
            r->gates.push_back(p[static_cast<std::size_t>(r->selected.back())]);
        }
        r->logSumExps.push_back(std::log(sum));
    }
    return r;
}

}  // namespace

void writeRoutedRecording(const std::filesystem::path& file,
                          const RoutedShape& shape,
                          unsigned routingSeed,
                          const std::function<void(int, TokenRecord&)>& change) {
    std::mt19937 ids(5);
    std::mt19937 random(routingSeed);
    Message prompt;
    prompt.text = "a question";
    Message reply;
    reply.role = Role::Assistant;
    reply.text = "an answer";
    for (int t = 0; t < shape.tokens; ++t) {
        TokenRecord token;
        token.token = static_cast<TokenId>(ids() % 17);
        token.text = "w";
        token.generated = t >= shape.tokens / 3;
        // As often as some ids come, and not always right.
        if (t % 9 != 4) token.alternatives = alternativesLike(t % 3 == 0 ? token.token : t % 4);
        const auto record = preferringRecord(random, shape, token.token);
        if (t % 13 != 7) token.routing = record;
        if (change) change(t, token);
        (t < shape.tokens / 3 ? prompt : reply).tokens.push_back(token);
    }
    auto store = ConversationStore::inMemory();
    ConversationSummary conversation;
    conversation.title = "routed";
    conversation.model = "made";
    const auto id = store.createConversation(conversation);
    reply.parent = store.addMessage(id, prompt);
    store.addMessage(id, reply);
    store.saveRecording(id, file);
}

}  // namespace gatescope::test
