using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Tests.Attacks;

internal sealed class ApgdStepSizeTests
{
    [TestCase(100, new[] { 22, 41, 57, 70, 80, 87, 93, 99 })]
    [TestCase(50, new[] { 11, 21, 30, 38, 45 })]
    [TestCase(20, new[] { 4, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 })]
    [TestCase(1, new[] { 1 })]
    public void LooksBackWhenThePublishedCodeDoes(int iterations, int[] expected)
    {
        var checkpoints = new ApgdCheckpoints(iterations);
        var due = new List<int>();
        for (var (at, interval) = (checkpoints.First, checkpoints.First); at <= iterations; at += interval)
        {
            due.Add(at);
            interval = checkpoints.After(interval);
        }

        Assert.That(due, Is.EqualTo(expected));
    }

    [TestCase(100, 0.75f)]
    [TestCase(20, 0.75f)]
    [TestCase(50, 0.3f)]
    public void FollowsTheTableOfLosses(int iterations, float rho)
    {
        var (random, halvings) = (new Random(iterations), 0);
        for (var trial = 0; trial < 50; trial++)
        {
            var start = (float)(random.NextDouble() - 0.5);
            var losses = Enumerable.Range(0, iterations).Select(i => (float)(random.NextDouble() - 0.5 + trial * 0.002 * i)).ToArray();
            var size = new ApgdStepSize(new ApgdCheckpoints(iterations), rho, 1, start);
            var table = new Table(iterations, rho, start);
            for (var (i, best) = (0, start); i < iterations; i++)
            {
                best = Math.Max(best, losses[i]);
                var halved = size.Observe(losses[i], best);
                Assert.That(halved, Is.EqualTo(table.Observe(i, losses[i], best)), $"trial {trial}, iteration {i}");
                Assert.That(size.Length, Is.EqualTo(table.Length), $"trial {trial}, iteration {i}");
                halvings += halved ? 1 : 0;
            }
        }

        Assert.That(halvings, Is.GreaterThan(20));
    }

    [Test]
    public void TheFirstCheckpointCannotHalveForWantOfANewBest()
    {
        var size = new ApgdStepSize(new ApgdCheckpoints(100), 0.75f, 1, 50);
        for (var i = 0; i < 22; i++)
            Assert.That(size.Observe(1 + i, 50), Is.False, "every loss is above the last one, none above the start's");
        for (var i = 22; i < 40; i++)
            Assert.That(size.Observe(1 + i, 50), Is.False);
        Assert.That(size.Observe(41, 50), Is.True, "the second can");
    }

    /// <summary>The published rule, with its table of losses whose row −1 is the last, still zero one.</summary>
    private sealed class Table(int iterations, float rho, float start)
    {
        private readonly float[] _losses = new float[iterations];
        private int _interval = Math.Max((int)(0.22 * iterations), 1);
        private int _counter;
        private bool _reduced = true;
        private float _bestBefore = start;

        public float Length { get; private set; } = 1;

        public bool Observe(int i, float loss, float best)
        {
            _losses[i] = loss;
            if (++_counter != _interval)
                return false;
            float Row(int row) => row < 0 ? _losses[iterations + row] : _losses[row];
            var rises = Enumerable.Range(0, _interval).Count(c => Row(i - c) > Row(i - c - 1));
            var reduce = rises <= _interval * rho || (!_reduced && _bestBefore >= best);
            (_reduced, _bestBefore, _counter) = (reduce, best, 0);
            Length /= reduce ? 2 : 1;
            _interval = Math.Max(_interval - Math.Max((int)(0.03 * iterations), 1), Math.Max((int)(0.06 * iterations), 1));
            return reduce;
        }
    }
}
