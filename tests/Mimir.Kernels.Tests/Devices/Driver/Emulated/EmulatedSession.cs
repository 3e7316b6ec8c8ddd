using System.Text;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Devices.Driver;
using Mimir.Kernels.Devices.Driver.Emulated;
using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests.Devices.Driver.Emulated;

/// <summary>An <see cref="EmulatedDriver"/> with a context that is the thread's, one stream, and a module of small kernels.</summary>
internal sealed unsafe class EmulatedSession : IDisposable
{
    /// <summary>The module's file name.</summary>
    public const string File = "small.ptx";

    /// <summary><c>increment</c> adds to each of n integers; <c>store</c> keeps its parameters; <c>bounded</c> takes exactly 64 threads
    /// and has 1024 bytes of static shared memory.</summary>
    private const string Text = """
        .version 7.1
        .target sm_80
        .address_size 64

        .visible .entry increment(.param .u64 p_x, .param .u32 p_count, .param .u32 p_step)
        {
            .reg .pred %past;
            .reg .b32 %i, %n, %step, %value;
            .reg .b64 %x, %offset;
            ld.param.u64 %x, [p_x];
            ld.param.u32 %n, [p_count];
            ld.param.u32 %step, [p_step];
            mov.u32 %i, %tid.x;
            setp.ge.u32 %past, %i, %n;
            @%past bra END;
            mul.wide.u32 %offset, %i, 4;
            add.u64 %x, %x, %offset;
            ld.global.u32 %value, [%x];
            add.u32 %value, %value, %step;
            st.global.u32 [%x], %value;
        END:
            ret;
        }

        .visible .entry store(
            .param .u64 p_y, .param .s32 p_int, .param .f32 p_float, .param .u32 p_odd, .param .f64 p_double, .param .u64 p_long)
        {
            .reg .b32 %a;
            .reg .b64 %y, %b;
            ld.param.u64 %y, [p_y];
            ld.param.b32 %a, [p_int];
            st.global.b32 [%y], %a;
            ld.param.b32 %a, [p_float];
            st.global.b32 [%y+4], %a;
            ld.param.b64 %b, [p_double];
            st.global.b64 [%y+8], %b;
            ld.param.b64 %b, [p_long];
            st.global.b64 [%y+16], %b;
            ret;
        }

        .visible .entry bounded() .reqntid 64, 1, 1
        {
            .shared .align 4 .b8 room[1024];
            ret;
        }
        """;

    public EmulatedSession(EmulatorOptions? options = null)
    {
        Driver = new EmulatedDriver(options ?? new EmulatorOptions { Checks = EmulatorChecks.All });
        Ok(Driver.Init(0));
        Ok(Driver.DevicePrimaryCtxRetain(out var context, 0));
        Context = context;
        Ok(Driver.CtxSetCurrent(context));
        Ok(Driver.StreamCreate(out var stream, StreamFlags.NonBlocking));
        Stream = stream;
    }

    public EmulatedDriver Driver { get; }

    public nint Context { get; }

    public nint Stream { get; }

    public static void Ok(DriverResult result) => Assert.That(result, Is.EqualTo(DriverResult.Success));

    /// <summary>A kernel of the module.</summary>
    public nint Function(string name)
    {
        Ok(Driver.ModuleLoadDataEx(out var module, Encoding.UTF8.GetBytes(Text + '\0'), File, [], []));
        Ok(Driver.ModuleGetFunction(out var function, module, name));
        return function;
    }

    /// <summary>An allocation with a name and these integers.</summary>
    public ulong Place(string name, params int[] values)
    {
        Ok(Driver.MemAlloc(out var address, (nuint)(4 * values.Length)));
        ((IMemoryReports)Driver).Name(address, name);
        fixed (int* source = values)
            Ok(Driver.MemcpyHtoD(address, source, (nuint)(4 * values.Length)));
        return address;
    }

    public int[] Read(ulong address, int count)
    {
        var values = new int[count];
        fixed (int* destination = values)
            Ok(Driver.MemcpyDtoH(destination, address, (nuint)(4 * count)));
        return values;
    }

    public DriverResult Launch(nint function, Dim3 block, in KernelArguments arguments, uint sharedBytes = 0, Dim3? grid = null, nint? stream = null)
    {
        fixed (byte* parameters = arguments.AsSpan())
        {
            byte nothing;
            var bytes = (nuint)arguments.Bytes;
            var extra = stackalloc void*[] { (void*)1, parameters is null ? &nothing : parameters, (void*)2, &bytes, null };
            return Driver.LaunchKernel(function, grid ?? new Dim3(1), block, sharedBytes, stream ?? Stream, null, extra);
        }
    }

    public DriverResult Increment(nint function, ulong x, int count, int step, nint? stream = null) =>
        Launch(function, new Dim3(32), new KernelArguments().Add(x).Add(count).Add(step), stream: stream);

    public void Dispose() => Driver.Dispose();
}
