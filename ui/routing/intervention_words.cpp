#include "ui/routing/intervention_words.h"

#include <QCoreApplication>
#include <QSet>

#include "ui/chat/visible_text.h"
#include "ui/language/number_text.h"

namespace gatescope {
namespace {

struct InterventionWordsText {
    Q_DECLARE_TR_FUNCTIONS(InterventionWords)
};

QString where(ExpertSite site) {
    return InterventionWordsText::tr("layer %1 expert %2")
        .arg(site.layer.value)
        .arg(site.expert.value);
}

QString number(float value) {
    return numberText(static_cast<double>(value), 'g', 6);
}

QString layersOf(const LayerTopK& layers) {
    if (layers.first == layers.last)
        return InterventionWordsText::tr("in layer %1").arg(layers.first.value);
    return InterventionWordsText::tr("in layers %1 to %2")
        .arg(layers.first.value)
        .arg(layers.last.value);
}

QString selectedWords(int topK, const QString& layers) {
    return topK == 1 ? InterventionWordsText::tr("1 expert a token %1").arg(layers)
                     : InterventionWordsText::tr("%1 experts a token %2").arg(topK).arg(layers);
}

/// Those of `all` that `others` does not have.
QStringList without(const QStringList& all, const QStringList& others) {
    const QSet<QString> known(others.begin(), others.end());
    QStringList rest;
    for (const QString& words : all)
        if (!known.contains(words)) rest << words;
    return rest;
}

QString firstAndMore(const QStringList& words) {
    if (words.size() == 1) return words.first();
    return InterventionWordsText::tr("%1, and %2 more").arg(words.first()).arg(words.size() - 1);
}

}  // namespace

QString scopeWords(const TokenScope& scope) {
    QStringList parts;
    if (!scope.filter.empty()) parts << visibleLine(QString::fromStdString(scope.filter));
    if (!scope.tokens.empty())
        parts << InterventionWordsText::tr("ids (%1)").arg(scope.tokens.size());
    if (!scope.positions.empty())
        parts << InterventionWordsText::tr("ranges (%1)").arg(scope.positions.size());
    return parts.join(QStringLiteral(", "));
}

QStringList interventionWords(const InterventionSet& set) {
    QStringList words;
    for (const ExpertSite site : set.ablate)
        words << InterventionWordsText::tr("ablate %1").arg(where(site));
    for (const ExpertSite site : set.exclude)
        words << InterventionWordsText::tr("route around %1").arg(where(site));
    for (const ExpertSite site : set.force)
        words << InterventionWordsText::tr("force %1").arg(where(site));
    for (const ExpertBias& bias : set.bias)
        words << InterventionWordsText::tr("bias %1 by %2")
                     .arg(where(bias.site), number(bias.amount));
    for (const ExpertScale& scale : set.scale)
        words << InterventionWordsText::tr("scale the gate of %1 by %2")
                     .arg(where(scale.site), number(scale.factor));
    for (const ExpertSwap& swap : set.swap)
        words << InterventionWordsText::tr("swap experts %1 and %2 of layer %3")
                     .arg(swap.first.value)
                     .arg(swap.second.value)
                     .arg(swap.layer.value);
    if (set.topK > 0) words << selectedWords(set.topK, InterventionWordsText::tr("in all layers"));
    for (const LayerTopK& layers : set.layerTopK)
        words << selectedWords(layers.topK, layersOf(layers));
    if (set.renormalise) words << InterventionWordsText::tr("renormalise gates");
    if (set.pin)
        words << InterventionWordsText::tr("hold to the routes of %1")
                     .arg(visibleLine(QString::fromStdString(set.pin->name)));
    if (!set.scope.everywhere())
        words << InterventionWordsText::tr("only for tokens like %1").arg(scopeWords(set.scope));
    return words;
}

QString stepWords(const InterventionStep& step) {
    const QStringList before = interventionWords(step.before);
    const QStringList after = interventionWords(step.after);
    const QStringList added = without(after, before);
    const QStringList gone = without(before, after);
    if (!added.isEmpty()) return firstAndMore(added);
    if (gone.size() > 1 && step.after.empty())
        return InterventionWordsText::tr("clear all interventions");
    if (!gone.isEmpty()) return InterventionWordsText::tr("take away: %1").arg(firstAndMore(gone));
    return InterventionWordsText::tr("hold to other routes");  // of the same name
}

QString undoText(const InterventionStep* step) {
    return step != nullptr ? InterventionWordsText::tr("Undo: %1").arg(stepWords(*step))
                           : InterventionWordsText::tr("Undo intervention");
}

QString redoText(const InterventionStep* step) {
    return step != nullptr ? InterventionWordsText::tr("Redo: %1").arg(stepWords(*step))
                           : InterventionWordsText::tr("Redo intervention");
}

}  // namespace gatescope
