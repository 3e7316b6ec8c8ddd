using System.Text.Json.Nodes;

namespace Mimir.Cli.Tests.Commands;

internal sealed class DevicesTests
{
    [Test]
    public void ListsEveryKindWithAReason()
    {
        var run = CommandRun.Of("devices", "--threads", "1").RequireDone();
        Assert.That(run.Out, Does.Match(@"cpu +yes +.+, 1 thread, .+, [0-9]+ GFLOP/s measured, [0-9.]+ GiB memory")
            .And.Match("cuda(:0)? +(yes|no) +.+").And.Match("emulator +yes +Mimir Emulated sm_80, .+, [0-9.]+ G lane instructions/s measured"));
    }

    [Test]
    public void AnswersWithJson()
    {
        var report = JsonNode.Parse(CommandRun.Of("devices", "--threads", "1", "--json").RequireDone().Out)!;
        Assert.Multiple(() =>
        {
            Assert.That((string)report["verb"]!, Is.EqualTo("devices"));
            Assert.That((double)report["devices"]![0]!["peak_gflops"]!, Is.GreaterThan(0));
            Assert.That((long)report["devices"]![0]!["memory_bytes"]!, Is.GreaterThan(0));
            Assert.That((double)report["devices"]!.AsArray()[^1]!["lane_instructions_per_second"]!, Is.GreaterThan(1e6));
        });
    }
}
