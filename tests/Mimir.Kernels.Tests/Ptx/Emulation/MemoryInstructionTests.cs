using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests.Ptx.Emulation;

/// <summary>Loads, stores, atomics, copies, generic addresses; and what is reported about wrong ones.</summary>
public sealed class MemoryInstructionTests
{
    private static IEnumerable<uint> Threads(int count, Func<int, long> value) => Enumerable.Range(0, count).Select(thread => (uint)value(thread));

    private static uint[] Data(int count) => [.. Enumerable.Range(0, count).Select(n => 0x8182_8380u + 0x0101_0101u * (uint)n)];

    [TestCase("ld.global.u8 %r1, [%rd1];", 4, 0xFFu, 0)]
    [TestCase("ld.global.s8 %r1, [%rd1+1];", 4, 0xFFu, 1)]
    [TestCase("ld.global.u16 %r1, [%rd1+2];", 4, 0xFFFFu, 2)]
    [TestCase("ld.global.s16 %r1, [%rd1];", 4, 0xFFFFu, 0)]
    [TestCase("ld.global.u8 %h1, [%rd1+3];\ncvt.u32.u16 %r1, %h1;", 4, 0xFFu, 3)]
    [TestCase("ld.global.s8 %h1, [%rd1+3];\ncvt.s32.s16 %r1, %h1;", 4, 0xFFu, 3)]
    [TestCase("ld.global.u16 %rd2, [%rd1+2];\ncvt.u32.u64 %r1, %rd2;", 4, 0xFFFFu, 2)]
    public void NarrowLoads(string load, int stride, uint mask, int offset)
    {
        var isSigned = load.Contains(".s");
        var data = Data(32);
        var results = ThreadProgram.Run($"mad.wide.u32 %rd1, %lane, {stride}, %data;\n{load}\nmov.u32 %result, %r1;", data: data);
        Assert.That(results, Is.EqualTo(data.Select(word =>
        {
            var value = word >> 8 * offset & mask;
            return isSigned ? mask == 0xFF ? (uint)(sbyte)value : (uint)(short)value : value;
        })));
    }

    [Test]
    public void NarrowStores()
    {
        var (_, launch, data) = ThreadProgram.Launch(
            """
                mad.wide.u32 %rd1, %lane, 4, %data;
                mul.lo.u32 %r1, %lane, 257;
                st.global.u8 [%rd1], %r1;
                cvt.u16.u32 %h1, %lane;
                st.global.u8 [%rd1+1], %h1;
                st.global.b16 [%rd1+2], %h1;
            """, data: new uint[32]);
        Assert.That(launch.Diagnostics, Is.Empty);
        Assert.That(data, Is.EqualTo(Threads(32, t => t | t << 8 | t << 16)));
    }

    /// <summary>Vectors in the order of the lanes, scattered, and under a guard.</summary>
    [Test]
    public void VectorsOfFour([Values("%lane", "scattered")] string place, [Values("", "@%p0 ")] string guard)
    {
        var scatter = place == "scattered" ? "mul.lo.u32 %r9, %lane, 7;\nand.b32 %r9, %r9, 31;" : "mov.u32 %r9, %lane;";
        var data = Data(256);
        var (_, launch, after) = ThreadProgram.Launch(
            $"""
                {scatter}
                setp.ne.u32 %p0, %lane, 9;
                mov.u32 %r1, 0;
                mov.u32 %r2, 0;
                mov.u32 %r3, 0;
                mov.u32 %r4, 0;
                mad.wide.u32 %rd1, %r9, 16, %data;
                {guard}ld.global.v4.u32 %r1_4, [%rd1];
                {guard}st.global.v4.u32 [%rd1+512], %r4_1;
            """.Replace("%r1_4", "{%r1, %r2, %r3, %r4}").Replace("%r4_1", "{%r4, %r3, %r2, %r1}"), data: data);
        Assert.That(launch.Diagnostics, Is.Empty);
        for (var lane = 0; lane < 32; lane++)
        {
            var at = place == "scattered" ? lane * 7 % 32 : lane;
            for (var k = 0; k < 4; k++)
                Assert.That(after[128 + 4 * at + k], Is.EqualTo(guard != "" && lane == 9 ? data[128 + 4 * at + k] : data[4 * at + 3 - k]), $"lane {lane}");
        }
    }

    [Test]
    public void VectorsOfTwo()
    {
        var data = Data(256);
        var (_, launch, after) = ThreadProgram.Launch(
            """
                mad.wide.u32 %rd1, %lane, 16, %data;
                ld.global.v2.u64 {%rd2, %rd3}, [%rd1];
                st.global.v2.u64 [%rd1+512], {%rd3, %rd2};
                ld.global.nc.v2.u16 {%h1, %h2}, [%rd1];
                mov.b32 %result, {%h2, %h1};
            """, data: data);
        Assert.That(launch.Diagnostics, Is.Empty);
        Assert.That(after[128..], Is.EqualTo(Enumerable.Range(0, 128).Select(n => data[n ^ 2])));
    }

    /// <summary>Lanes of one instruction in global, shared and local memory.</summary>
    [Test]
    public void GenericAddressesOfDifferentSpaces() => Assert.That(
        ThreadProgram.Run(
            """
                .local .align 4 .b32 own[2];
                st.local.u32 [own+4], %lane;
                mov.u32 %r1, tile;
                shl.b32 %r2, %lane, 2;
                add.u32 %r1, %r1, %r2;
                add.u32 %r3, %lane, 100;
                st.shared.u32 [%r1], %r3;
                cvt.u64.u32 %rd1, %r1;
                cvta.shared.u64 %rd1, %rd1;
                mov.u64 %rd2, own;
                cvta.local.u64 %rd2, %rd2;
                add.s64 %rd2, %rd2, 4;
                mad.wide.u32 %rd3, %lane, 4, %data;
                cvta.global.u64 %rd3, %rd3;
                rem.u32 %r4, %lane, 3;
                setp.eq.u32 %p0, %r4, 0;
                setp.eq.u32 %p1, %r4, 1;
                selp.b64 %rd4, %rd1, %rd3, %p0;
                selp.b64 %rd4, %rd2, %rd4, %p1;
                ld.u32 %result, [%rd4];
                isspacep.shared %p2, %rd4;
                @%p2 add.u32 %result, %result, 1000;
                isspacep.local %p2, %rd4;
                @%p2 add.u32 %result, %result, 2000;
                isspacep.global %p2, %rd4;
                @%p2 add.u32 %result, %result, 3000;
                cvta.to.shared.u64 %rd5, %rd1;
                cvt.u32.u64 %r5, %rd5;
                setp.ne.u32 %p3, %r5, %r1;
                @%p3 mov.u32 %result, 0xBAD;
            """, data: [.. Enumerable.Range(0, 32).Select(n => 500u + (uint)n)]),
        Is.EqualTo(Threads(32, t => (t % 3) switch { 0 => t + 1100, 1 => t + 2000, _ => t + 3500 })));

    /// <summary>A struct passed by value and read through its address, in a kernel and in a device function.</summary>
    [Test]
    public void ParametersByAddress() => Assert.That(
        ThreadProgram.Run(
            """
                mov.u64 %rd1, data;
                ld.param.u64 %rd2, [%rd1];
                cvta.param.u64 %rd3, data;
                ld.u64 %rd4, [%rd3];
                sub.s64 %rd2, %rd2, %data;
                sub.s64 %rd4, %rd4, %data;
                or.b64 %rd2, %rd2, %rd4;
                cvt.u32.u64 %result, %rd2;
                {
                .param .align 4 .b8 pair[8]; .param .b32 sum;
                st.param.b32 [pair], %lane;
                st.param.b32 [pair+4], 100;
                call.uni (sum), add, (pair);
                ld.param.b32 %r1, [sum];
                add.u32 %result, %result, %r1;
                }
            """,
            declarations:
            """
            .func (.param .b32 y) add(.param .align 4 .b8 x[8])
            {
                .reg .b32 %r<3>;
                .reg .b64 %rd<2>;
                mov.b64 %rd0, x;
                ld.param.b32 %r0, [x];
                ld.param.b32 %r1, [%rd0+4];
                add.u32 %r2, %r0, %r1;
                st.param.b32 [y], %r2;
                ret;
            }
            """, options: new EmulatorOptions { Checks = EmulatorChecks.All }),
        Is.EqualTo(Threads(32, t => t + 100)));

    [Test]
    public void ModuleVariables() => Assert.That(
        ThreadProgram.Run(
            """
                mul.wide.u32 %rd1, %lane, 4;
                mov.u64 %rd2, table;
                add.s64 %rd1, %rd1, %rd2;
                ld.const.u32 %r1, [%rd1];
                ld.global.u64 %rd3, [pointer];
                ld.u32 %r2, [%rd3+4];
                mov.u32 %r3, common;
                st.shared.u32 [%r3], 9;
                bar.warp.sync 0xffffffff;
                ld.shared.u32 %r4, [common];
                add.u32 %result, %r1, %r2;
                add.u32 %result, %result, %r4;
            """,
            declarations:
            """
            .const .align 4 .u32 table[32] = {5, 6, 7};
            .global .align 4 .u32 numbers[2] = {100, 200};
            .global .align 8 .u64 pointer = generic(numbers);
            .shared .align 4 .u32 common;
            """),
        Is.EqualTo(Threads(32, t => (t < 3 ? 5 + t : 0) + 209)));

    [Test]
    public void AtomicsOfEveryKind([Values] WarpSchedule schedule)
    {
        var (_, launch, data) = ThreadProgram.Launch(
            """
                add.u32 %r1, %index, 1;
                atom.global.add.u32 %r2, [%data], %r1;
                red.global.max.u32 [%data+4], %r1;
                red.global.min.s32 [%data+8], %r1;
                neg.s32 %r3, %r1;
                red.global.min.s32 [%data+8], %r3;
                shl.b32 %r4, 1, %lane;
                red.global.or.b32 [%data+12], %r4;
                atom.global.inc.u32 %r2, [%data+16], 9;
                atom.global.dec.u32 %r2, [%data+20], 9;
                red.global.add.f32 [%data+24], 0f3F800000;
                cvt.u64.u32 %rd1, %r1;
                red.global.add.u64 [%data+32], %rd1;
                red.global.add.f64 [%data+40], 0d3FE0000000000000;
                red.global.xor.b32 [%data+48], %r1;
            lock:
                atom.global.cas.b32 %r5, [%data+52], 0, 1;
                setp.ne.u32 %p0, %r5, 0;
                @%p0 bra lock;
                ld.volatile.global.u32 %r6, [%data+56];
                add.u32 %r6, %r6, 3;
                st.volatile.global.u32 [%data+56], %r6;
                membar.gl;
                atom.global.exch.b32 %r5, [%data+52], 0;
                cvta.to.global.u64 %rd3, %data;
                mov.b32 %r7, 0x3C003800;
                red.global.add.noftz.f16x2 [%data+60], %r7;
            """, threads: 64, blocks: 4, options: new EmulatorOptions { Schedule = schedule, Threads = 2, Seed = 1 }, data: new uint[32]);
        const int N = 256;
        Assert.That(launch.Diagnostics, Is.Empty);
        Assert.That(data[..6], Is.EqualTo(new uint[] { N * (N + 1) / 2, N, unchecked((uint)-N), uint.MaxValue, N % 10, (uint)((10 - N % 10) % 10) }));
        Assert.That(BitConverter.UInt32BitsToSingle(data[6]), Is.EqualTo(N));
        Assert.That(data[8] | (ulong)data[9] << 32, Is.EqualTo((ulong)(N * (N + 1) / 2)));
        Assert.That(BitConverter.UInt64BitsToDouble(data[10] | (ulong)data[11] << 32), Is.EqualTo(N / 2));
        Assert.That(data[12], Is.EqualTo(Enumerable.Range(1, N).Aggregate(0u, (x, n) => x ^ (uint)n)));
        Assert.That(data[14], Is.EqualTo(3 * N));
        Assert.That(data[15], Is.EqualTo((uint)BitConverter.HalfToUInt16Bits((Half)N) << 16 | BitConverter.HalfToUInt16Bits((Half)(N / 2))));
    }

    /// <summary>The last block to finish adds up what all have written: for any order of the blocks.</summary>
    [Test]
    public void LastBlockAddsUp([Values] WarpSchedule schedule, [Values(1, 2)] int threads)
    {
        var (_, launch, data) = ThreadProgram.Launch(
            """
                mov.u32 %r1, %ctaid.x;
                setp.ne.u32 %p0, %tid, 0;
                @%p0 bra end;
                mad.wide.u32 %rd1, %r1, 4, %data;
                add.u32 %r2, %r1, 10;
                st.global.u32 [%rd1+8], %r2;
                fence.acq_rel.gpu;
                atom.global.add.u32 %r3, [%data], 1;
                setp.ne.u32 %p1, %r3, 7;
                @%p1 bra end;
                fence.acq_rel.gpu;
                mov.u32 %r4, 0;
                mov.u32 %r5, 0;
            sum:
                mad.wide.u32 %rd2, %r4, 4, %data;
                ld.global.u32 %r6, [%rd2+8];
                add.u32 %r5, %r5, %r6;
                add.u32 %r4, %r4, 1;
                setp.lt.u32 %p2, %r4, 8;
                @%p2 bra sum;
                st.global.u32 [%data+4], %r5;
            """, threads: 64, blocks: 8,
            options: new EmulatorOptions { Schedule = schedule, Threads = threads, Seed = 9, Checks = EmulatorChecks.All }, data: new uint[32]);
        Assert.That(launch.Diagnostics, Is.Empty);
        Assert.That(data[1], Is.EqualTo(8 * 10 + 28));
    }

    [Test]
    public void AsyncCopies([Values] AsyncCopyModel model)
    {
        var data = Data(256);
        var results = ThreadProgram.Run(
            """
                mov.u32 %r1, tile;
                mad.lo.u32 %r1, %lane, 16, %r1;
                mad.wide.u32 %rd1, %lane, 16, %data;
                cp.async.ca.shared.global [%r1], [%rd1], 16;
                cp.async.commit_group;
                cp.async.ca.shared.global [%r1+512], [%rd1+512], 4, 0;
                cp.async.ca.shared.global [%r1+516], [%rd1+516], 4;
                and.b32 %r2, %lane, 7;
                cp.async.ca.shared.global [%r1+520], [%rd1+520], 8, %r2;
                cp.async.commit_group;
                cp.async.wait_group 1;
                ld.shared.u32 %r3, [%r1+12];
                cp.async.wait_group 0;
                ld.shared.u32 %r4, [%r1+512];
                ld.shared.u32 %r5, [%r1+516];
                ld.shared.u64 %rd2, [%r1+520];
                cvt.u32.u64 %r6, %rd2;
                shr.u64 %rd2, %rd2, 32;
                cvt.u32.u64 %r7, %rd2;
                add.u32 %result, %r3, %r4;
                add.u32 %result, %result, %r5;
                xor.b32 %result, %result, %r6;
                xor.b32 %result, %result, %r7;
            """, options: new EmulatorOptions { AsyncCopy = model, Checks = EmulatorChecks.All }, data: data);
        Assert.That(results, Is.EqualTo(Threads(32, t =>
        {
            var bytes = BitConverter.GetBytes(data[128 + 4 * t + 2]).Concat(BitConverter.GetBytes(data[128 + 4 * t + 3])).Select((value, n) => n < t % 8 ? value : (byte)0).ToArray();
            return (long)((data[4 * t + 3] + data[128 + 4 * t + 1]) ^ BitConverter.ToUInt32(bytes, 0) ^ BitConverter.ToUInt32(bytes, 4));
        })));
    }

    /// <summary>Without a wait the old bytes are still there.</summary>
    [Test]
    public void AsyncCopiesDoNotArriveByThemselves()
    {
        const string Statements =
            """
                mov.u32 %r1, tile;
                mad.lo.u32 %r1, %lane, 4, %r1;
                st.shared.u32 [%r1], 7;
                mad.wide.u32 %rd1, %lane, 4, %data;
                cp.async.ca.shared.global [%r1], [%rd1], 4;
                ld.shared.u32 %result, [%r1];
                cp.async.wait_all;
            """;
        Assert.That(ThreadProgram.Run(Statements, data: Data(32)), Is.EqualTo(Threads(32, _ => 7)));
        ThreadProgram.Fail(DiagnosticKinds.AsyncCopyPending, Statements, options: new EmulatorOptions { Checks = EmulatorChecks.All });
    }

    [Test]
    public void OutsideAnAllocation()
    {
        var found = ThreadProgram.Fail(DiagnosticKinds.OutOfBounds, "mad.wide.u32 %rd1, %lane, 32, %data;\nadd.s64 %rd1, %rd1, 64;\nst.global.u32 [%rd1], %tid;");
        Assert.That(found.Message, Does.Contain("'data'").And.Contain("1024 bytes").And.Contain("0 bytes behind"));
        Assert.That(found.Thread, Is.EqualTo(new Dim3(30, 0, 0)));
        Assert.That(found.Block, Is.EqualTo(new Dim3(0, 0, 0)));
        Assert.That(found.Kernel, Is.EqualTo("program"));
        Assert.That(found.Position, Is.Not.Null);
        Assert.That(found.Address, Is.Not.Null);
    }

    [TestCase("ld.global.u64 %rd1, [%data+1020];", "misaligned", "multiple of 8")]
    [TestCase("add.s64 %rd1, %data, 1016;\nld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%rd1];", "misaligned", "multiple of 16")]
    [TestCase("ld.global.u32 %r1, [%data+-4];", "out-of-bounds", "4 bytes before 'data'")]
    [TestCase("ld.global.u32 %r1, [16];", "out-of-bounds", "null pointer")]
    [TestCase("mov.u32 %r1, 4096;\nld.shared.u32 %r2, [%r1];", "out-of-bounds", "shared")]
    [TestCase("mov.u32 %r1, 4094;\nld.shared.u32 %r2, [%r1];", "misaligned", "shared")]
    [TestCase(".local .b32 own[4];\nmov.u64 %rd1, own;\nld.local.u32 %r1, [%rd1+16];", "out-of-bounds", "local")]
    [TestCase("mov.u64 %rd1, fixed;\nst.u32 [%rd1], 1;", "out-of-bounds", "constant 'fixed'")]
    [TestCase("mov.u32 %r1, tile;\ncp.async.ca.shared.global [%r1], [%data+1024], 4;", "out-of-bounds", "'data'")]
    [TestCase("mov.u32 %r1, tile;\nadd.u32 %r1, %r1, 4096;\ncp.async.ca.shared.global [%r1], [%data], 4;", "out-of-bounds", "shared")]
    [TestCase("cvta.to.shared.u64 %rd1, %data;", "wrong-space", "shared")]
    [TestCase("mov.u32 %r1, 0;\ndiv.u32 %r2, %lane, %r1;", "division-by-zero", "zero")]
    public void WrongAccesses(string statements, string kind, string message) => Assert.That(
        ThreadProgram.Fail(kind, statements, declarations: ".const .align 4 .u32 fixed = 1;").Message, Does.Contain(message));

    [Test]
    public void FreedMemory()
    {
        using var kernel = new EmulatedKernel(ThreadProgram.Text("ld.global.u32 %result, [%data];"));
        kernel.Buffer<uint>(new uint[32], "out");
        var gone = kernel.Buffer<uint>(new uint[32], "gone");
        kernel.Memory.Free(gone);
        var found = kernel.Launch(new Dim3(1), new Dim3(32)).Diagnostics.Single();
        Assert.That(found.Kind, Is.EqualTo(DiagnosticKinds.UseAfterFree));
        Assert.That(found.Message, Does.Contain("'gone'").And.Contain("freed"));
        Assert.That(() => kernel.Memory.Free(gone), Throws.TypeOf<EmulatedMemoryException>().With.Message.Contains("freed"));
    }

    [Test]
    public void HostCopiesOutOfRange()
    {
        using var memory = new EmulatedMemory();
        var address = memory.Allocate(100, "small");
        Assert.That(() => memory.Write(address + 90, new byte[11]), Throws.TypeOf<EmulatedMemoryException>().With.Message.Contains("small"));
        Assert.That(() => memory.Read(address - 1, new byte[1]), Throws.TypeOf<EmulatedMemoryException>());
        Assert.That(() => memory.Fill(address, 101, 0), Throws.TypeOf<EmulatedMemoryException>());
    }

    /// <summary>A race-free kernel gives the same in every schedule; a racy one does not.</summary>
    [Test]
    public void SchedulesShowRaces()
    {
        uint[] Race(WarpSchedule schedule, ulong seed) => ThreadProgram.Run(
            """
                mov.u32 %r1, tile;
                shr.u32 %r2, %tid, 5;
                st.shared.u32 [%r1], %r2;
                ld.shared.u32 %result, [%r1];
                bar.sync 0;
                ld.shared.u32 %r3, [%r1];
                mad.lo.u32 %result, %r3, 100, %result;
            """, threads: 256, options: new EmulatorOptions { Schedule = schedule, Seed = seed });
        var inOrder = Race(WarpSchedule.InOrder, 0);
        Assert.That(Race(WarpSchedule.InOrder, 1), Is.EqualTo(inOrder));
        var random = Race(WarpSchedule.Random, 4);
        Assert.That(Race(WarpSchedule.Random, 4), Is.EqualTo(random));
        Assert.That(Enumerable.Range(0, 10).Select(seed => Race(WarpSchedule.Random, (ulong)seed)[0] / 100).Distinct().Count(), Is.GreaterThan(1));
        Assert.That(Race(WarpSchedule.Adversarial, 0), Is.Not.EqualTo(inOrder));
    }
}
