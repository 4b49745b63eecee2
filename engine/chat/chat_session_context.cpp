// What would be sent, counted before it is.
#include <algorithm>
#include <cstdint>
#include <utility>

#include "engine/chat/chat_session_impl.h"
#include "engine/tokenizer/tokenizer.h"

namespace gatescope {
namespace {

/// Encoding takes a second a megabyte, and who types waits for it.
constexpr std::size_t kMostEncoded = 4096;

/// Adds the tokens of `text` to `tokens`; of a long one, as many as its beginning says.
void count(
    const Tokenizer& tokenizer, const std::string& text, bool first, int& tokens, ContextUse& use) {
    std::string begin = text.substr(0, kMostEncoded);
    while (begin.size() < text.size() && !begin.empty() &&
           (static_cast<unsigned char>(text[begin.size()]) & 0xC0U) == 0x80U)
        begin.pop_back();
    const auto ids = first ? tokenizer.encode(begin) : tokenizer.encodeContinuation(begin);
    const auto known = static_cast<std::int64_t>(ids.size());
    if (begin.size() == text.size()) {
        tokens += static_cast<int>(known);
        return;
    }
    use.exact = false;
    const auto scaled = known * static_cast<std::int64_t>(text.size()) /
                        static_cast<std::int64_t>(std::max<std::size_t>(1, begin.size()));
    tokens += static_cast<int>(std::min<std::int64_t>(scaled, 1 << 30));
}

}  // namespace

ContextUse ChatSession::contextUse(const std::string& text, std::optional<int> editing) const {
    ContextUse use;
    const auto& model = impl_->model;
    if (!model || !model->tokenizer) return use;
    const PromptTemplate* found = impl_->templates.find(impl_->templateName);
    if (found == nullptr) return use;  // nothing can be sent
    const PromptTemplate& t = *found;
    use.capacity = model->contextCapacity;
    use.reply = impl_->options.maxTokens;
    const int end = std::min(editing.value_or(impl_->branch.size()), impl_->branch.size());
    const bool sameVocabulary = impl_->conversation.model == model->model;
    for (int i = 0; i < end; ++i) {
        const Message& message = impl_->branch.messages()[static_cast<std::size_t>(i)];
        if (sameVocabulary && !message.tokens.empty()) {
            use.conversation += static_cast<int>(message.tokens.size());
            continue;
        }
        const std::string turn = textOf(impl_->piecesOf(t, i));
        count(*model->tokenizer, turn, i == 0, use.conversation, use);
    }
    if (text.empty()) return use;
    count(*model->tokenizer,
          userTurn(t, text, impl_->systemText, end == 0),
          end == 0,
          use.message,
          use);
    count(*model->tokenizer, replyPrefix(t, false), false, use.message, use);
    return use;
}

namespace {

void add(PromptPieces& pieces, PromptPiece::Source source, std::string text) {
    if (!text.empty()) pieces.push_back({source, std::move(text)});
}

/// Of a message that the model has read, or written: by its tokens, which may be of another
/// template.
PromptPieces piecesOfKnown(const Message& message) {
    std::string read;
    for (const auto& token : message.tokens) read += token.text;
    const bool whole = read.ends_with(message.text);
    const std::size_t head = whole ? read.size() - message.text.size() : 0;
    PromptPieces pieces;
    add(pieces, PromptPiece::Source::Template, read.substr(0, head));
    add(pieces,
        message.role == Role::User ? PromptPiece::Source::User : PromptPiece::Source::Reply,
        read.substr(head));
    return pieces;
}

}  // namespace

PromptPieces ChatSession::Impl::piecesOf(const PromptTemplate& t, int index) const {
    const Message& message = branch.messages()[static_cast<std::size_t>(index)];
    if (message.role == Role::User) return userPieces(t, message.text, systemText, index == 0);
    PromptPieces pieces;
    add(pieces, PromptPiece::Source::Template, replyPrefix(t, index == 0));
    add(pieces, PromptPiece::Source::Reply, message.text);
    return pieces;
}

std::vector<PromptPieces> ChatSession::prompt(const PromptTemplate& t,
                                              const std::string& text,
                                              std::optional<int> editing) const {
    std::vector<PromptPieces> segments;
    const auto addSegment = [&](PromptPieces pieces) {
        if (!pieces.empty()) segments.push_back(std::move(pieces));
    };
    const int end = std::min(editing.value_or(impl_->branch.size()), impl_->branch.size());
    for (int i = 0; i < end; ++i) {
        const Message& message = impl_->branch.messages()[static_cast<std::size_t>(i)];
        addSegment(message.tokens.empty() ? impl_->piecesOf(t, i) : piecesOfKnown(message));
    }
    if (text.empty()) return segments;
    addSegment(userPieces(t, text, impl_->systemText, end == 0));
    PromptPieces head;
    add(head, PromptPiece::Source::Template, replyPrefix(t, false));
    addSegment(std::move(head));
    return segments;
}

}  // namespace gatescope
