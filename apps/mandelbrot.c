/*
 * mandelbrot.c - the Mandelbrot set, a goroutine for each line: floating-point
 * numbers that belong to hundreds of goroutines on a few harts.
 *
 *	make qemu APP=apps/mandelbrot.c
 */
#include "antler.h"

enum { WIDTH = 78, HEIGHT = 32, ITERATIONS = 5000 };

struct row {
	int  y;
	char text[WIDTH + 1];
};

/* Returns the number of steps of z = z^2 + c until |z| > 2, at most
 * ITERATIONS. */
static int
escape_time(double re, double im)
{
	double x = 0, y = 0;
	int    n = 0;

	for (; n < ITERATIONS && x * x + y * y <= 4; n++) {
		double next = x * x - y * y + re;

		y = 2 * x * y + im;
		x = next;
	}
	return n;
}

static void
draw(void *arg)
{
	static const char shades[] = " .:-=+*%@";
	struct row *row = arg;

	for (int i = 0; i < WIDTH; i++) {
		double re = -2.2 + 3.2 * i / WIDTH;
		double im = -1.2 + 2.4 * row->y / (HEIGHT - 1);
		int    n = escape_time(re, im), shade = 0;

		while (n > 1 && shade < 8) {	/* a logarithm */
			n /= 2;
			shade++;
		}
		row->text[i] = n > 1 ? '#' : shades[shade];
	}
}

int
main(void)
{
	static struct row rows[HEIGHT];
	struct waitgroup  drawn = { 0 };
	int64_t           start = now_ns();
	int               inside = 0;

	for (int y = 0; y < HEIGHT; y++) {
		rows[y].y = y;
		wg_go(&drawn, draw, &rows[y]);
	}
	wg_wait(&drawn);
	for (int y = 0; y < HEIGHT; y++) {
		print("%s\n", rows[y].text);
		for (int i = 0; i < WIDTH; i++)
			inside += rows[y].text[i] == '#';
	}
	print("%d points inside; %ld ms on %d harts\n", inside,
	    (long)((now_ns() - start) / 1000000), num_hart());
	return 0;
}
