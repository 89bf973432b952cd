/* A program that links the library, updates its metrics, and has the page written. */
#include <stdio.h>

void entries_update(void);
int entries_write_page(const char *path);

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "type `main PATH`\n");
        return 2;
    }
    entries_update();
    return entries_write_page(argv[1]) > 0 ? 0 : 1;
}
