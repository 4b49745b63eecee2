// The program that test programs have their precompiled header from; it does nothing else.
int main() {}
