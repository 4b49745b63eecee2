#include "engine/chat/chat_session_impl.h"

#include <fmt/format.h>

namespace gatescope {

void ChatSession::setTemplate(const std::string& name) {
    impl_->templateName = promptTemplate(name).name;
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

void ChatSession::setSampler(const SamplerConfig& sampler) {
    validate(sampler);
    impl_->sampler = sampler;
}

const SamplerConfig& ChatSession::sampler() const {
    return impl_->sampler;
}

void ChatSession::setMaxTokens(int maxTokens) {
    if (maxTokens < 1) refuse(fmt::format("max tokens {}: expected at least 1", maxTokens));
    impl_->maxTokens = maxTokens;
}

int ChatSession::maxTokens() const {
    return impl_->maxTokens;
}

void ChatSession::setSpeculation(bool on) {
    impl_->speculation = on;
}

bool ChatSession::speculation() const {
    return impl_->speculation;
}

void ChatSession::setInterventions(const InterventionSet& interventions) {
    if (impl_->model) validate(interventions, impl_->model->config);
    if (impl_->interventions == interventions) return;
    impl_->interventions = interventions;
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
