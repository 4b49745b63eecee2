#include "ui/inspection/inspection_tables.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ui/chat/alternatives_text.h"
#include "ui/chat/visible_text.h"
#include "ui/language/number_text.h"

namespace gatescope {
namespace {

struct InspectionTablesText {
    Q_DECLARE_TR_FUNCTIONS(InspectionTables)
};

BarCell chance(const WordChance& word) {
    const double p = std::exp(static_cast<double>(word.logProb));
    return {probabilityText(p), p, p};
}

BarCell count(int number) {
    return {QString::number(number), number};
}

/// Of part `part`, as it is measured.
double valueOf(const TokenInspection& found,
               std::size_t part,
               std::size_t word,
               Against against,
               std::size_t other) {
    const double value = static_cast<double>(found.contribution(part, word));
    switch (against) {
        case Against::Nothing:
            break;
        case Against::AverageWord:
            return value - static_cast<double>(found.meanContributions[part]);
        case Against::OtherWord:
            return value - static_cast<double>(found.contribution(part, other));
    }
    return value;
}

}  // namespace

QString probabilityText(const WordChance& word) {
    return chance(word).text;
}

QString partTitle(const ResidualPart& part) {
    switch (part.source) {
        case ResidualPart::Source::Embedding:
            return InspectionTablesText::tr("the word itself (embedding)");
        case ResidualPart::Source::Attention:
            return InspectionTablesText::tr("layer %1 attention").arg(part.layer);
        case ResidualPart::Source::Expert:
            return InspectionTablesText::tr("layer %1 expert %2").arg(part.layer).arg(part.expert);
    }
    return {};
}

InspectionTable wordsTable(const TokenInspection& found, const WordText& text) {
    InspectionTable table{.columns = {.titles = {InspectionTablesText::tr("rank"),
                                                 InspectionTablesText::tr("word"),
                                                 InspectionTablesText::tr("probability"),
                                                 InspectionTablesText::tr("logit")},
                                      .stretch = 2},
                          .rows = {}};
    for (std::size_t i = 0; i < found.words.size(); ++i) {
        const WordChance& word = found.words[i];
        table.rows.append({.cells = {count(word.rank + 1),
                                     {text(word.token), std::nullopt},
                                     chance(word),
                                     {numberText(static_cast<double>(word.logit), 'f', 2),
                                      static_cast<double>(word.logit)}},
                           .marked = found.chosen == static_cast<int>(i),
                           .key = static_cast<int>(i)});
    }
    return table;
}

InspectionTable lensTable(const TokenInspection& found, const WordText& text) {
    InspectionTable table{.columns = {.titles = {InspectionTablesText::tr("layer"),
                                                 InspectionTablesText::tr("likeliest word"),
                                                 InspectionTablesText::tr("p")},
                                      .stretch = 1},
                          .rows = {}};
    const bool chosen = found.chosen.has_value();
    const std::size_t words = found.lens.empty() ? 0 : found.lens.front().likeliest.size();
    if (words > 1) table.columns.titles << InspectionTablesText::tr("then");
    if (chosen)
        table.columns.titles << InspectionTablesText::tr("p of the word")
                             << InspectionTablesText::tr("its rank");
    table.columns.titles << InspectionTablesText::tr("entropy (bits)");
    for (int layer = static_cast<int>(found.lens.size()) - 1; layer >= 0; --layer) {
        const LensLayer& seen = found.lens[static_cast<std::size_t>(layer)];
        const WordChance& first = seen.likeliest.front();
        BarRow row{.cells = {count(layer), {text(first.token), std::nullopt}, chance(first)},
                   .marked = chosen && seen.chosen->rank == 0,
                   .key = layer};
        if (words > 1) {
            QStringList others;
            for (std::size_t i = 1; i < seen.likeliest.size(); ++i)
                others << text(seen.likeliest[i].token);
            row.cells.append({others.join(QStringLiteral("  ")), std::nullopt});
        }
        if (chosen) row.cells << chance(*seen.chosen) << count(seen.chosen->rank + 1);
        row.cells.append({numberText(static_cast<double>(seen.entropyBits), 'f', 2),
                          static_cast<double>(seen.entropyBits)});
        table.rows.append(row);
    }
    return table;
}

InspectionTable contributionsTable(const TokenInspection& found,
                                   std::size_t word,
                                   Against against,
                                   std::size_t other) {
    InspectionTable table{.columns = {.titles = {InspectionTablesText::tr("who"),
                                                 InspectionTablesText::tr("gate"),
                                                 InspectionTablesText::tr("adds")},
                                      .stretch = 2,
                                      .signedBars = {2}},
                          .rows = {}};
    std::vector<double> values(found.parts.size());
    for (std::size_t part = 0; part < values.size(); ++part)
        values[part] = valueOf(found, part, word, against, other);
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
        return std::abs(values[a]) > std::abs(values[b]);
    });
    const double largest = order.empty() ? 1 : std::abs(values[order.front()]);
    for (const std::size_t part : order) {
        const ResidualPart& who = found.parts[part];
        const bool expert = who.source == ResidualPart::Source::Expert;
        const double gate = static_cast<double>(who.gate);
        table.rows.append(
            {.cells = {{partTitle(who), std::nullopt},
                       expert ? BarCell{numberText(gate, 'f', 2), gate} : BarCell{},
                       {(values[part] < 0 ? QStringLiteral("\u2212") : QStringLiteral("+")) +
                            numberText(std::abs(values[part]), 'f', 3),
                        values[part],
                        largest > 0 ? values[part] / largest : 0}},
             .key = static_cast<int>(part)});
    }
    return table;
}

double contributionSum(const TokenInspection& found,
                       std::size_t word,
                       Against against,
                       std::size_t other) {
    double sum = 0;
    for (std::size_t part = 0; part < found.parts.size(); ++part)
        sum += valueOf(found, part, word, against, other);
    return sum;
}

InspectionTable attentionTable(const TokenInspection& found, const ChatSession& session, int most) {
    InspectionTable table{.columns = {.titles = {InspectionTablesText::tr("token"),
                                                 InspectionTablesText::tr("text"),
                                                 InspectionTablesText::tr("weight")},
                                      .stretch = 2},
                          .rows = {}};
    std::vector<int> order(found.attention.size());
    std::iota(order.begin(), order.end(), 0);
    const auto weight = [&](int token) { return found.attention[static_cast<std::size_t>(token)]; };
    std::ranges::stable_sort(order, [&](int a, int b) { return weight(a) > weight(b); });
    order.resize(std::min(order.size(), static_cast<std::size_t>(most)));
    const double largest = order.empty() ? 1 : static_cast<double>(weight(order.front()));
    for (const int token : order) {
        const double w = static_cast<double>(weight(token));
        const QString text =
            token < session.traceSize()
                ? visibleLine(QString::fromStdString(session.traceToken(token).text))
                : QString();
        table.rows.append(
            {.cells = {count(token), {text, std::nullopt}, {probabilityText(w), w, w / largest}},
             .key = token});
    }
    return table;
}

}  // namespace gatescope
