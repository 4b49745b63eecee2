#include "engine/chat/intervention_history.h"

#include <gtest/gtest.h>

namespace gatescope {
namespace {

InterventionSet ablated(int expert) {
    return {.ablate = {{LayerId{0}, ExpertId{expert}}}};
}

InterventionSet filtered(const std::string& filter) {
    InterventionSet set = ablated(1);
    set.scope.filter = filter;
    return set;
}

TEST(InterventionHistory, GoesBackAndForthStepByStep) {
    InterventionHistory history;
    EXPECT_EQ(history.undoStep(), nullptr);
    EXPECT_EQ(history.present(), nullptr);
    history.add({}, ablated(1));
    history.add(ablated(1), ablated(2));
    history.add(ablated(2), ablated(2));  // nothing has changed
    ASSERT_NE(history.undoStep(), nullptr);
    EXPECT_EQ(history.undoStep()->before, ablated(1));
    EXPECT_EQ(*history.present(), ablated(2));
    history.undone();
    EXPECT_EQ(history.undoStep()->before, InterventionSet{});
    EXPECT_EQ(history.redoStep()->after, ablated(2));
    history.undone();
    EXPECT_EQ(history.undoStep(), nullptr);
    EXPECT_EQ(*history.present(), InterventionSet{});
    history.redone();
    EXPECT_EQ(*history.present(), ablated(1));
    history.add(ablated(1), ablated(3));
    EXPECT_EQ(history.redoStep(), nullptr) << "another way was taken";
    EXPECT_EQ(history.undoStep()->before, ablated(1));
}

TEST(InterventionHistory, AFilterThatIsWrittenOnIsOneStep) {
    InterventionHistory history;
    history.add({}, ablated(1));
    history.add(ablated(1), filtered("i"));
    history.add(filtered("i"), filtered("index<1"));
    history.add(filtered("index<1"), filtered("index<10"));
    EXPECT_EQ(history.undoStep()->before, ablated(1));
    EXPECT_EQ(history.undoStep()->after, filtered("index<10"));
    history.add(filtered("index<10"), ablated(1));  // taken away: a step of its own
    EXPECT_EQ(history.undoStep()->before, filtered("index<10"));
    history.undone();
    history.add(filtered("index<10"), filtered("index<11"));
    EXPECT_EQ(history.undoStep()->before, filtered("index<10"))
        << "behind what was taken back, a new step begins";
}

TEST(InterventionHistory, KeepsTheLastOnes) {
    InterventionHistory history;
    const int many = static_cast<int>(InterventionHistory::kMostSteps) + 5;
    for (int i = 0; i < many; ++i) history.add(ablated(i), ablated(i + 1));
    for (std::size_t i = 0; i < InterventionHistory::kMostSteps; ++i) {
        ASSERT_NE(history.undoStep(), nullptr);
        history.undone();
    }
    EXPECT_EQ(history.undoStep(), nullptr);
    EXPECT_EQ(*history.present(), ablated(5));
}

}  // namespace
}  // namespace gatescope
