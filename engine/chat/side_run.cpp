#include "engine/chat/side_run.h"

#include <utility>

namespace gatescope {

SideRun::SideRun(std::shared_ptr<const Tokenizer> tokenizer) : tokenizer_(std::move(tokenizer)) {}

void SideRun::take(const Event& event) {
    if (const auto* prompt = std::get_if<PromptEncoded>(&event)) {
        std::optional<StreamDecoder> text;
        if (tokenizer_) text.emplace(tokenizer_, /*atDocumentStart=*/true);
        for (const auto& segment : prompt->segments)
            for (const TokenId id : segment) {
                TokenRecord& token = tokens_.emplace_back();
                token.token = id;
                if (text) token.text = text->next(id);
            }
    } else if (const auto* read = std::get_if<PrefillProgressed>(&event)) {
        for (std::size_t i = 0; i < read->routing.size(); ++i)
            tokens_[static_cast<std::size_t>(read->firstPosition) + i].routing = read->routing[i];
    } else if (const auto* token = std::get_if<TokenGenerated>(&event)) {
        tokens_.push_back({.token = token->token,
                           .text = token->text,
                           .generated = true,
                           .drafted = token->drafted,
                           .logProb = token->logProb,
                           .alternatives = token->alternatives,
                           .routing = token->routing});
    } else if (const auto* end = std::get_if<GenerationFinished>(&event)) {
        if (!tokens_.empty()) tokens_.back().text += end->trailingText;
        finished_ = end->reason;
    }
}

}  // namespace gatescope
