using Mimir.Kernels.Ptx.Analysis;

namespace Mimir.Kernels.Tests.Ptx.Analysis;

[TestFixture]
public class ControlFlowGraphTests
{
    [Test]
    public void ADiamondMeetsAtItsJoin()
    {
        var graph = ControlFlowGraph.Of(PtxText.Function(
            """
                @%p0 bra right;
                mov.u32 %r0, 1;
                bra join;
            right:
                mov.u32 %r0, 2;
            join:
                mov.u32 %r1, %r0;
            """));

        Assert.That(graph.Blocks, Has.Count.EqualTo(4));
        Assert.That(graph.Blocks[0].Successors, Is.EqualTo(new[] { 1, 2 }));
        Assert.That(Enumerable.Range(0, 4).Select(graph.ImmediatePostDominator), Is.EqualTo(new[] { 3, 3, 3, graph.Exit }));
        Assert.That(graph.IsInLoop, Is.All.False);
    }

    [Test]
    public void ALoopIsFoundAndMeetsBehindItsBranch()
    {
        var graph = ControlFlowGraph.Of(PtxText.Function(
            """
                mov.u32 %r0, 0;
            loop:
                add.u32 %r0, %r0, 1;
                setp.lt.u32 %p0, %r0, 10;
                @%p0 bra loop;
                mov.u32 %r1, %r0;
            """));

        Assert.That(graph.IsInLoop, Is.EqualTo(new[] { false, true, false }));
        Assert.That(graph.ImmediatePostDominator(1), Is.EqualTo(2));
        Assert.That(graph.Blocks[1].Predecessors, Is.EquivalentTo(new[] { 0, 1 }));
    }

    [Test]
    public void AnEarlyExitLeavesOnlyTheEndToMeetAt()
    {
        var graph = ControlFlowGraph.Of(PtxText.Function("@%p0 exit;\n mov.u32 %r0, 1;"));

        Assert.That(graph.Blocks[0].Successors, Is.EquivalentTo(new[] { 1, graph.Exit }));
        Assert.That(graph.ImmediatePostDominator(0), Is.EqualTo(graph.Exit));
    }

    [Test]
    public void AnEndlessLoopHasNoPostDominatorButTheEnd()
    {
        var graph = ControlFlowGraph.Of(PtxText.Function("@%p0 bra forever;\n bra out;\nforever:\n bra forever;\nout:\n mov.u32 %r0, 1;"));

        Assert.That(graph.ImmediatePostDominator(2), Is.EqualTo(graph.Exit));
        Assert.That(graph.ImmediatePostDominator(1), Is.EqualTo(3));
        Assert.That(graph.IsInLoop[2], Is.True);
    }

    [Test]
    public void CodeBehindAnExitIsUnreachable()
    {
        var graph = ControlFlowGraph.Of(PtxText.Function("bra out;\n mov.u32 %r0, 1;\nout:\n mov.u32 %r1, 1;"));

        Assert.That(Enumerable.Range(0, 3).Select(graph.IsReachable), Is.EqualTo(new[] { true, false, true }));
    }
}
