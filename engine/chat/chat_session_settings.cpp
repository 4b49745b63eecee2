#include "engine/chat/chat_session_impl.h"

#include <utility>

#include "engine/settings/settings_files.h"

namespace gatescope {

void ChatSession::setTemplate(const std::string& name) {
    impl_->templateName = impl_->templates.at(name).name;
    impl_->conversation.templateName = name;
    impl_->saved.update(impl_->conversation,
                        [impl = impl_.get()](const auto& e) { impl->reportOn(e); });
}

const std::string& ChatSession::templateName() const {
    return impl_->templateName;
}

void ChatSession::setSystemText(const std::string& text) {
    impl_->systemText = text;
    impl_->conversation.systemText = text;
    impl_->saved.update(impl_->conversation,
                        [impl = impl_.get()](const auto& e) { impl->reportOn(e); });
}

const std::string& ChatSession::systemText() const {
    return impl_->systemText;
}

const PromptTemplates& ChatSession::templates() const {
    return impl_->templates;
}

void ChatSession::setOwnTemplates(std::vector<PromptTemplate> own) {
    impl_->templates.setOwn(std::move(own));
}

void ChatSession::setReplyOptions(const ReplyOptions& options) {
    validate(options);
    impl_->options = options;
    impl_->keepOptions();
}

/// With the conversation, which has them again when it is opened.
void ChatSession::Impl::keepOptions() {
    if (replay) return;
    conversation.settingsJson = optionsText(options);
    saved.update(conversation, [this](const auto& error) { reportOn(error); });
}

const ReplyOptions& ChatSession::replyOptions() const {
    return impl_->options;
}

void ChatSession::setSampler(const SamplerConfig& sampler) {
    ReplyOptions next = impl_->options;
    next.sampler = sampler;
    setReplyOptions(next);
}

const SamplerConfig& ChatSession::sampler() const {
    return impl_->options.sampler;
}

void ChatSession::setMaxTokens(int maxTokens) {
    ReplyOptions next = impl_->options;
    next.maxTokens = maxTokens;
    setReplyOptions(next);
}

int ChatSession::maxTokens() const {
    return impl_->options.maxTokens;
}

void ChatSession::setSpeculation(bool on) {
    ReplyOptions next = impl_->options;
    next.speculation = on;
    setReplyOptions(next);
}

bool ChatSession::speculation() const {
    return impl_->options.speculation;
}

void ChatSession::setInterventions(const InterventionSet& interventions) {
    if (impl_->model) validate(interventions, impl_->model->config);
    impl_->changeInterventions(interventions);
}

void ChatSession::Impl::changeInterventions(const InterventionSet& next) {
    if (interventions == next) return;
    history.add(interventions, next);
    interventions = next;
    observer->interventionsChanged();
}

/// A conversation that is not in the store has no history to come back to.
void ChatSession::Impl::openHistory(std::optional<ConversationId> left,
                                    std::optional<ConversationId> opened) {
    if (left && left == opened) return;
    if (left) histories[*left] = std::move(history);
    history = {};
    if (!opened) return;
    if (auto known = histories.extract(*opened)) history = std::move(known.mapped());
}

const InterventionStep* ChatSession::undoStep() const {
    return impl_->history.undoStep();
}

const InterventionStep* ChatSession::redoStep() const {
    return impl_->history.redoStep();
}

/// What was in force when the conversation was left, and not used since, can be had by undoing.
void ChatSession::Impl::resumeInterventions(InterventionSet kept) {
    if (const InterventionSet* left = history.present()) history.add(*left, kept);
    interventions = std::move(kept);
    observer->interventionsChanged();
}

void ChatSession::undoInterventions() {
    const InterventionStep* step = undoStep();
    if (step == nullptr) refuse("there is no change of interventions to take back");
    if (impl_->model) validate(step->before, impl_->model->config);
    impl_->interventions = step->before;
    impl_->history.undone();
    impl_->observer->interventionsChanged();
}

void ChatSession::redoInterventions() {
    const InterventionStep* step = redoStep();
    if (step == nullptr) refuse("there is no change of interventions to make again");
    if (impl_->model) validate(step->after, impl_->model->config);
    impl_->interventions = step->after;
    impl_->history.redone();
    impl_->observer->interventionsChanged();
}

const InterventionSet& ChatSession::interventions() const {
    return impl_->interventions;
}

void ChatSession::setInterventionReach(InterventionReach reach) {
    if (impl_->reach == reach) return;
    impl_->reach = reach;
    impl_->observer->interventionsChanged();
}

InterventionReach ChatSession::interventionReach() const {
    return impl_->reach;
}

}  // namespace gatescope
